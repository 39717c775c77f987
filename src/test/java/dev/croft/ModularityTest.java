package dev.croft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/** The parts and the doors between them. */
class ModularityTest {

    private static final ApplicationModules MODULES = ApplicationModules.of(CroftApplication.class);

    @Test
    void modulesUseEachOtherOnlyThroughTheirDoors() {
        MODULES.verify();
    }

    /** verify() is content with a module that declares nothing: it may then use everything. */
    @Test
    void everyModuleDeclaresWhatItMayUse() {
        List<String> undeclared = MODULES.stream()
                .filter(module -> {
                    var declared =
                            module.getBasePackage().getAnnotation(org.springframework.modulith.ApplicationModule.class);
                    return declared.isEmpty()
                            || Arrays.asList(declared.get().allowedDependencies())
                                    .contains(org.springframework.modulith.ApplicationModule.OPEN_TOKEN);
                })
                .map(module -> module.getIdentifier().toString())
                .toList();

        assertThat(undeclared).isEmpty();
    }
}

package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.croft.apps.Apps;
import dev.croft.backups.Backups;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Hosts;
import dev.croft.maintenance.Certificates;
import dev.croft.maintenance.Disks;
import dev.croft.maintenance.Drifts;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operations;
import dev.croft.services.Databases;
import dev.croft.services.Dependencies;
import dev.croft.services.Jobs;
import dev.croft.services.Mail;
import dev.croft.services.Storage;
import dev.croft.setup.Setup;
import dev.croft.support.Console;
import dev.croft.vault.Secrets;
import dev.croft.vault.Vault;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authorization.AuthorizationDeniedException;

/** Every verb of every use case, tried by every role: made from the annotations, so a new verb is tried as well. */
class AuthorisationTest {

    private static final List<Class<?>> USE_CASES = List.of(
            Accounts.class,
            Tokens.class,
            Hosts.class,
            DesiredStates.class,
            Operations.class,
            Apps.class,
            Generations.class,
            Disks.class,
            Drifts.class,
            Setup.class,
            Certificates.class,
            Secrets.class,
            Vault.class,
            Backups.class,
            Databases.class,
            Dependencies.class,
            Jobs.class,
            Storage.class,
            Mail.class);

    /** What asks for no role, and why that is right. A verb that is forgotten is neither here nor annotated. */
    private static final Map<String, String> OPEN = Map.ofEntries(
            Map.entry("Accounts.isEmpty", "the claim page asks it"),
            Map.entry("Accounts.createFirstAdministrator", "only while there is no account; guarded by the claim"),
            Map.entry("Hosts.find", "for workers"),
            Map.entry("Hosts.all", "for workers"),
            Map.entry("DesiredStates.refresh", "for workers; reads only"),
            Map.entry("DesiredStates.with", "for workers"),
            Map.entry("DesiredStates.keepResolved", "for workers"),
            Map.entry("DesiredStates.render", "computes only"),
            Map.entry("DesiredStates.parse", "computes only"),
            Map.entry("DesiredStates.parseApp", "computes only"),
            Map.entry("DesiredStates.entry", "computes only"),
            Map.entry("DesiredStates.edits", "of two given states: computes only"),
            Map.entry("DesiredStates.notes", "computes only"),
            Map.entry("DesiredStates.parseSettings", "computes only"),
            Map.entry("DesiredStates.digest", "computes only"),
            Map.entry("Secrets.supply", "for workers"),
            Map.entry("Setup.status", "the claim page asks it"),
            Map.entry("Setup.checkClaim", "guarded by the claim and a limit"),
            Map.entry("Setup.complete", "guarded by the claim and a limit"),
            Map.entry("Setup.offered", "the claim page asks it"));

    @Test
    void everyVerbAsksForARoleOrIsKnownToBeOpen() {
        Set<String> open = verbs().filter(verb -> required(verb).isEmpty())
                .map(AuthorisationTest::label)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(open).isEqualTo(new TreeSet<>(OPEN.keySet()));
    }

    /** A use case that is added later must be in the list above. */
    @Test
    void theListOfUseCasesIsComplete() {
        Set<String> annotated = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.croft").stream()
                        .filter(type -> type.getMethods().stream()
                                .anyMatch(method -> method.isAnnotatedWith(RequiresViewer.class)
                                        || method.isAnnotatedWith(RequiresOperator.class)
                                        || method.isAnnotatedWith(RequiresAdmin.class)))
                        .map(JavaClass::getName)
                        .collect(Collectors.toSet());

        assertThat(USE_CASES.stream().map(Class::getName)).containsAll(annotated);
    }

    /** Asked of the real beans: who may not is refused before anything is looked at. */
    @ParameterizedTest(name = "{0} as {2}")
    @MethodSource("refused")
    void refuses(String label, Method verb, @Nullable Role role) {
        Object bean = Console.shared().get(verb.getDeclaringClass());

        assertThat(denied(() -> call(bean, verb), role)).isTrue();
    }

    /** Asked of the same guard in front of nothing, so that a permitted "revoke" revokes nothing. */
    @ParameterizedTest(name = "{0} as {2}")
    @MethodSource("permitted")
    void permits(String label, Method verb, Role role) {
        Object stand = guarded(verb.getDeclaringClass());

        assertThat(denied(() -> call(stand, verb), role)).isFalse();
    }

    static Stream<Arguments> refused() {
        return verbs().filter(verb -> required(verb).isPresent())
                .flatMap(verb -> Stream.concat(
                                Stream.of((Role) null),
                                Arrays.stream(Role.values())
                                        .filter(role ->
                                                role.compareTo(required(verb).orElseThrow()) < 0))
                        .map(role -> Arguments.of(label(verb), verb, role)));
    }

    static Stream<Arguments> permitted() {
        return verbs().filter(verb -> required(verb).isPresent())
                .flatMap(verb -> Arrays.stream(Role.values())
                        .filter(role -> role.compareTo(required(verb).orElseThrow()) >= 0)
                        .map(role -> Arguments.of(label(verb), verb, role)));
    }

    private static Stream<Method> verbs() {
        return USE_CASES.stream().flatMap(AuthorisationTest::verbsOf);
    }

    private static Stream<Method> verbsOf(Class<?> useCase) {
        return Arrays.stream(useCase.getDeclaredMethods()).filter(method -> !method.isSynthetic());
    }

    private static String label(Method verb) {
        return verb.getDeclaringClass().getSimpleName() + "." + verb.getName();
    }

    private static Optional<Role> required(Method verb) {
        Map<Class<? extends Annotation>, Role> roles = Map.of(
                RequiresViewer.class,
                Role.VIEWER,
                RequiresOperator.class,
                Role.OPERATOR,
                RequiresAdmin.class,
                Role.ADMIN);
        return roles.entrySet().stream()
                .filter(entry -> verb.isAnnotationPresent(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static Object guarded(Class<?> useCase) {
        Object nothing = java.lang.reflect.Proxy.newProxyInstance(
                useCase.getClassLoader(), new Class<?>[] {useCase}, (proxy, method, arguments) -> null);
        ProxyFactory factory = new ProxyFactory(nothing);
        List<Advisor> guards = Arrays.stream(((Advised) Console.shared().get(useCase)).getAdvisors())
                .filter(advisor -> advisor.getClass().getName().startsWith("org.springframework.security."))
                .toList();
        assertThat(guards).isNotEmpty();
        guards.forEach(factory::addAdvisor);
        return factory.getProxy();
    }

    private static boolean denied(Runnable call, @Nullable Role role) {
        Throwable outcome = catchThrowable(() -> {
            if (role == null) {
                call.run();
            } else {
                Console.shared().as(role, () -> {
                    call.run();
                    return null;
                });
            }
        });
        return outcome instanceof AccessDeniedException
                || outcome instanceof AuthorizationDeniedException
                || outcome instanceof AuthenticationCredentialsNotFoundException;
    }

    private static void call(Object target, Method verb) {
        Object[] arguments = Arrays.stream(verb.getParameterTypes())
                .map(type -> type == int.class
                        ? (Object) 0
                        : type == long.class ? (Object) 0L : type == boolean.class ? (Object) false : null)
                .toArray();
        try {
            verb.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.croft;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.CanBeAnnotated.Predicates.annotatedWith;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import java.time.Clock;
import java.util.Date;
import java.util.Set;
import org.springframework.modulith.ApplicationModule;
import org.springframework.transaction.annotation.Transactional;

/** The house rules that a machine can hold us to. */
@AnalyzeClasses(packages = "dev.croft", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String HOST_IO = "dev.croft.hostlink.HostLink";

    // ---- 4: one door to the host

    @ArchTest
    static final ArchRule onlyOnePackageKnowsSsh = noClasses()
            .that(not(resideInAPackage("dev.croft.hostlink.internal.ssh..")))
            .should()
            .dependOnClassesThat(resideInAnyPackage("org.apache.sshd..", "net.i2p.crypto.."))
            .because("only hostlink.internal.ssh imports MINA");

    @ArchTest
    static final ArchRule nobodyStartsPrograms = noClasses()
            .should()
            .dependOnClassesThat(nameMatching("java\\.lang\\.(ProcessBuilder|Process|ProcessHandle)"))
            .orShould()
            .callMethodWhere(target(name("exec")).and(target(owner(nameMatching("java\\.lang\\.Runtime")))))
            .because("what runs, runs on the box");

    // ---- 5: the transaction is the use-case method

    @ArchTest
    static final ArchRule transactionsAreUseCases = methods()
            .that(annotatedWith(Transactional.class))
            .should(implementAPublishedMethod())
            .allowEmptyShould(false);

    @ArchTest
    static final ArchRule noTransactionInScreens = noMethods()
            .that()
            .areDeclaredInClassesThat(resideInAnyPackage("dev.croft.ui..", "dev.croft.api.."))
            .should()
            .beAnnotatedWith(Transactional.class)
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule noHostIoInsideATransaction =
            methods().that(annotatedWith(Transactional.class)).should(notReachTheHost());

    // ---- 7: services never see the screens' toolkit

    @ArchTest
    static final ArchRule onlyScreensKnowVaadin = noClasses()
            .that(not(resideInAnyPackage("dev.croft.ui..", "dev.croft"))
                    .and(not(nameMatching("dev\\.croft\\.access\\.internal\\.(SecurityChains|SignInChain).*"))))
            .should()
            .dependOnClassesThat(resideInAPackage("com.vaadin.."))
            .because("services never see a UI; only the security chain knows that the screens are Vaadin's");

    // ---- 9: time is a dependency

    @ArchTest
    static final ArchRule timeComesFromTheClock = noClasses()
            .that(not(nameMatching("dev\\.croft\\.kernel\\.TimeConfig")))
            .should()
            .callMethodWhere(target(name("now"))
                    .and(target(owner(resideInAPackage("java.time.."))))
                    .and(DescribedPredicate.describe(
                            "without a Clock",
                            call -> call.getTarget().getRawParameterTypes().stream()
                                    .noneMatch(type -> type.isEquivalentTo(Clock.class)))))
            .orShould()
            .callMethodWhere(
                    target(owner(nameMatching("java\\.time\\.Clock"))).and(target(nameMatching("system.*|tick.*"))))
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callConstructor(Date.class);

    // ---- 10: secrets cannot print

    @ArchTest
    static final ArchRule secretsAreRevealedInFewPlaces = noClasses()
            .that(not(resideInAnyPackage("dev.croft.hostlink.internal.wire..", "dev.croft.access.internal.."))
                    .and(not(nameMatching("dev\\.croft\\.kernel\\.Secret(Text|Bytes)")))
                    .and(not(nameMatching("dev\\.croft\\.vault\\.internal\\.RecoveryKey")))
                    // They seal it, and hand it to the server that it is for.
                    .and(not(
                            nameMatching("dev\\.croft\\.alerts\\.internal\\.((Email|Ntfy|Matrix)Sender|ChannelStore)")))
                    .and(not(nameMatching("dev\\.croft\\.vault\\.internal\\.VaultSeals")))
                    // What a person sees once, when it is made.
                    .and(not(nameMatching(
                            "dev\\.croft\\.api\\.internal\\.(SetupResource|TokensResource|PeopleResource)")))
                    .and(not(resideInAPackage("dev.croft.ui..")))
                    .and(not(nameMatching("dev\\.croft\\.setup\\.internal\\.ClaimFile"))))
            .should()
            .callMethod(SecretText.class, "reveal");

    @ArchTest
    static final ArchRule storedSecretsAreRevealedByTheVaultAlone = noClasses()
            .that(not(resideInAPackage("dev.croft.vault.internal.."))
                    .and(not(nameMatching("dev\\.croft\\.kernel\\.SecretBytes")))
                    // What an administrator is shown who has typed the password again.
                    .and(not(nameMatching("dev\\.croft\\.ui\\.(apps\\.RevealDialog|backups\\.KitPage)"))))
            .should()
            .callMethod(SecretBytes.class, "reveal");

    /** Where values are encrypted: nobody else makes a cipher, a key or a nonce. */
    @ArchTest
    static final ArchRule onePlaceEncrypts = noClasses()
            .that(not(nameMatching("dev\\.croft\\.vault\\.internal\\.Sealing")))
            .should()
            .dependOnClassesThat(nameMatching("javax\\.crypto\\.(Cipher|Mac|KDF|SecretKeyFactory|KeyGenerator)"));

    /** What is random is made so that nobody foresees it: a kind of number that may be guessed is not there to be taken by mistake. */
    @ArchTest
    static final ArchRule randomNumbersAreSecureRandoms = noClasses()
            .should()
            .dependOnClassesThat(nameMatching("java\\.util\\.(Random|SplittableRandom|concurrent\\.ThreadLocalRandom)"
                    + "|java\\.util\\.random\\.RandomGeneratorFactory.*|org\\.apache\\.commons\\.lang3\\.Random.*"))
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callMethodWhere(target(owner(nameMatching("java\\.util\\.random\\.RandomGenerator")))
                    .and(target(nameMatching("of|getDefault"))));

    @ArchTest
    static final ArchRule recordsDoNotCarryBareSecrets = classes()
            .that(DescribedPredicate.describe("are records", JavaClass::isRecord))
            .should(new ArchCondition<>("hold passwords and claims as SecretText") {
                private static final Set<String> SECRET = Set.of("password", "claim", "secret", "passphrase");

                @Override
                public void check(JavaClass record, ConditionEvents events) {
                    record.getFields().stream()
                            .filter(field -> SECRET.contains(field.getName()))
                            .filter(field -> !field.getRawType().isEquivalentTo(SecretText.class)
                                    && !field.getRawType().isEquivalentTo(boolean.class))
                            .forEach(field -> events.add(SimpleConditionEvent.violated(
                                    field, field.getFullName() + " would be printed with its record")));
                }
            });

    // ---- 11: every module declares its doors; ModularityTest asks for the annotation, this for null marking beside it

    @ArchTest
    static final ArchRule modulesAreNullMarked = classes()
            .that(DescribedPredicate.describe(
                    "are package-info of a module",
                    type -> "package-info".equals(type.getSimpleName())
                            && type.isAnnotatedWith(ApplicationModule.class)))
            .should()
            .beAnnotatedWith("org.jspecify.annotations.NullMarked");

    // ---- helpers

    private static ArchCondition<JavaMethod> implementAPublishedMethod() {
        return new ArchCondition<>("implement a method of a published interface") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                boolean published = method.getOwner().getAllRawInterfaces().stream()
                        .filter(type -> !type.getPackageName().contains(".internal"))
                        .anyMatch(type -> type.tryGetMethod(
                                        method.getName(),
                                        method.getRawParameterTypes().stream()
                                                .map(JavaClass::getName)
                                                .toArray(String[]::new))
                                .isPresent());
                if (!published) {
                    events.add(SimpleConditionEvent.violated(
                            method, method.getFullName() + " has a transaction but is no use case"));
                }
            }
        };
    }

    /** Follows the calls inside the method's own module class; one class deep is where the mistake is made. */
    private static ArchCondition<JavaMethod> notReachTheHost() {
        return new ArchCondition<>("not talk to a box") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                visit(method, method, new java.util.HashSet<>(), events);
            }

            private void visit(JavaMethod start, JavaMethod method, Set<JavaMethod> seen, ConditionEvents events) {
                if (!seen.add(method)) {
                    return;
                }
                method.getMethodCallsFromSelf().forEach(call -> {
                    if (call.getTargetOwner().getName().equals(HOST_IO)) {
                        events.add(SimpleConditionEvent.violated(
                                start, start.getFullName() + " talks to a box: " + call.getDescription()));
                    }
                    if (call.getTargetOwner().equals(start.getOwner())) {
                        call.getTarget().resolveMember().ifPresent(next -> visit(start, next, seen, events));
                    }
                });
            }
        };
    }
}

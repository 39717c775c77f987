package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.springframework.test.util.ReflectionTestUtils.invokeMethod;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.croft.alerts.Alerts;
import dev.croft.apps.Apps;
import dev.croft.apps.QuickStart;
import dev.croft.audit.Audit;
import dev.croft.backups.Backups;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.logs.Logs;
import dev.croft.maintenance.Certificates;
import dev.croft.maintenance.Contracts;
import dev.croft.maintenance.Disks;
import dev.croft.maintenance.Drifts;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operations;
import dev.croft.proofs.Proofs;
import dev.croft.services.Databases;
import dev.croft.services.Dependencies;
import dev.croft.services.Jobs;
import dev.croft.services.Leftovers;
import dev.croft.services.Mail;
import dev.croft.services.Storage;
import dev.croft.setup.Enrolment;
import dev.croft.setup.Setup;
import dev.croft.setup.Wizard;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.telemetry.Exposition;
import dev.croft.telemetry.Telemetry;
import dev.croft.vault.Secrets;
import dev.croft.vault.Vault;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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
import org.springframework.context.ApplicationContext;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/** Every verb of every use case, tried by every role: made from the annotations, so a new verb is tried as well. */
class AuthorisationTest {

    private static final List<Class<?>> USE_CASES = List.of(
            Accounts.class,
            People.class,
            Audit.class,
            Tokens.class,
            Providers.class,
            Sessions.class,
            MyAccount.class,
            Preferences.class,
            Passkeys.class,
            Hosts.class,
            DesiredStates.class,
            Operations.class,
            Apps.class,
            QuickStart.class,
            Generations.class,
            Disks.class,
            Drifts.class,
            Contracts.class,
            Setup.class,
            Wizard.class,
            Enrolment.class,
            Certificates.class,
            Secrets.class,
            Vault.class,
            Backups.class,
            Databases.class,
            Dependencies.class,
            Jobs.class,
            Leftovers.class,
            Proofs.class,
            Storage.class,
            Mail.class,
            Telemetry.class,
            Exposition.class,
            Logs.class,
            Alerts.class);

    /** What asks for no role, and why that is right. A verb that is forgotten is neither here nor annotated. */
    private static final Map<String, String> OPEN = Map.ofEntries(
            Map.entry("Accounts.isEmpty", "the claim page asks it"),
            Map.entry("Accounts.createFirstAdministrator", "only while there is no account; guarded by the claim"),
            Map.entry("Providers.offered", "the sign-in page asks it"),
            Map.entry("Providers.passwordSignIn", "the sign-in page asks it"),
            Map.entry("Passkeys.offer", "the sign-in page asks it"),
            Map.entry("People.invited", "whoever has the link"),
            Map.entry("People.accept", "whoever has the link"),
            Map.entry("Hosts.find", "for workers"),
            Map.entry("Hosts.all", "for workers"),
            Map.entry("Operations.takeIn", "for workers; what the box did already"),
            Map.entry("DesiredStates.refresh", "for workers; reads only"),
            Map.entry("DesiredStates.inForceAt", "for workers; reads only"),
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
            Map.entry("Apps.nameFrom", "computes only"),
            Map.entry(
                    "Enrolment.source",
                    "the box that is to be enrolled asks it; nothing of this installation is in it"),
            Map.entry("Setup.status", "the claim page asks it"),
            Map.entry("Setup.checkClaim", "guarded by the claim and a limit"),
            Map.entry("Setup.complete", "guarded by the claim and a limit"),
            Map.entry("Setup.completeByScript", "guarded by the claim and a limit"),
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

    @Test
    void everyVerbHasARightAnswerAndNoAnswerIsWithoutAVerb() {
        assertThat(ANSWERS.keySet())
                .isEqualTo(verbs().filter(verb -> required(verb).isPresent())
                        .map(AuthorisationTest::signature)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** What the pages and the documentation say of a role is what its annotation says. */
    @Test
    void everyVerbAsksForTheRoleThatIsWrittenDown() {
        assertThat(verbs().filter(verb -> required(verb).isPresent()))
                .allSatisfy(verb -> assertThat(required(verb))
                        .as(signature(verb))
                        .contains(ANSWERS.get(signature(verb)).role()));
    }

    /**
     * Every role, held for every scope, asks the same guard that the real use case has, in front of nothing: so a permitted "revoke"
     * revokes nothing.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("guardedVerbs")
    void letsInWhoHoldsTheRoleForWhatIsNamedAndNobodyElse(String label, Method verb) {
        Object stand = guarded(verb.getDeclaringClass());
        Answer answer = ANSWERS.get(label);
        List<String> wrong = new ArrayList<>();

        for (boolean app : answer.eitherWay() ? new boolean[] {true, false} : new boolean[] {true}) {
            Object[] arguments = arguments(verb, app);
            for (Held held : Held.values()) {
                for (Role role : Role.values()) {
                    Grants grants = held.scope == null ? Grants.NONE : Grants.of(role, held.scope);
                    boolean right = role.compareTo(answer.role()) >= 0
                            && answer.need(app).isMetBy(held);
                    if (denied(() -> call(stand, verb, arguments), grants) == right) {
                        wrong.add(role + " held " + held + (app ? "" : ", no app named") + " should be "
                                + (right ? "let in" : "refused"));
                    }
                }
            }
        }
        if (!denied(() -> call(stand, verb, arguments(verb, true)), null)) {
            wrong.add("nobody should be refused");
        }

        assertThat(wrong).isEmpty();
    }

    /** Of an administrator whose session was left open, and of one who has just proved themselves. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("guardedVerbs")
    void asksForAProofWhereThatIsWrittenDownAndNowhereElse(String label, Method verb) {
        Object stand = guarded(verb.getDeclaringClass());
        Proof proof = ANSWERS.get(label).proof();

        for (boolean data : new boolean[] {false, true}) {
            Object[] arguments = arguments(verb, true, data);
            assertThat(proofIsWanted(() -> call(stand, verb, arguments), "left open"))
                    .as(data ? "where older data comes back" : "where data stays")
                    .isEqualTo(proof == Proof.ALWAYS || proof == Proof.OF_DATA && data);
            assertThat(proofIsWanted(() -> call(stand, verb, arguments), "proved lately"))
                    .isFalse();
        }
    }

    /** The guard in front of nothing is the guard of the real use case. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("guardedVerbs")
    void theRealUseCaseRefusesWhoHoldsNothing(String label, Method verb) {
        Object bean = Console.shared().get(verb.getDeclaringClass());

        assertThat(denied(() -> call(bean, verb, arguments(verb, true)), Grants.NONE))
                .isTrue();
    }

    /** A verb of an app that names another app's operation beside it. */
    @Test
    void anOperationThatIsNamedBesideAnAppHasToBeInReachToo() throws NoSuchMethodException {
        Method verb = Operations.class.getMethod(
                "rollBackApp", HostName.class, AppName.class, OperationId.class, Operations.AppData.class);
        Object stand = guarded(Operations.class);
        Grants blog = Grants.of(Role.OPERATOR, Held.FOR_THE_APP.scope);
        Grants shop = Grants.of(Role.OPERATOR, Held.FOR_ANOTHER_APP.scope);

        assertThat(denied(() -> call(stand, verb, new Object[] {BOX, BLOG, OF_BLOG, Operations.AppData.STAYS}), blog))
                .isFalse();
        assertThat(denied(() -> call(stand, verb, new Object[] {BOX, SHOP, OF_BLOG, Operations.AppData.STAYS}), shop))
                .isTrue();
    }

    /** One that belongs elsewhere, and one that there is not, are refused alike. */
    @Test
    void aRefusalDoesNotTellWhetherAnOperationExists() {
        Grants shop = Grants.of(Role.ADMIN, Held.FOR_ANOTHER_APP.scope);
        Operations operations = Console.shared().get(Operations.class);

        assertThat(denied(() -> operations.get(OF_BLOG), shop)).isTrue();
        assertThat(denied(() -> operations.get(new OperationId("0".repeat(26))), shop))
                .isTrue();
    }

    // ---- the model

    private static final FakeBox MACHINE = Console.newBox();
    private static final HostName BOX = Console.shared().enrol(MACHINE);
    private static final AppName BLOG = new AppName("blog");
    private static final AppName SHOP = new AppName("shop");
    private static final OperationId OF_BLOG = Console.shared().asAnna(() -> {
        Console.shared().get(Apps.class).putDraft(BOX, BLOG, Console.site("main"));
        return Console.shared()
                .get(Operations.class)
                .apply(BOX, new Operations.Apply(null, BLOG, Confirming.DEFAULT))
                .id();
    });

    private enum Held {
        EVERYWHERE(Scope.EVERYWHERE),
        FOR_THE_BOX(Scope.of(BOX)),
        FOR_THE_APP(Scope.of(BOX, BLOG)),
        FOR_ANOTHER_APP(Scope.of(BOX, SHOP)),
        FOR_ANOTHER_BOX(Scope.of(new HostName("elsewhere"))),
        FOR_ITS_NAMESAKE_ON_ANOTHER_BOX(Scope.of(new HostName("elsewhere"), BLOG)),
        FOR_NOTHING(null);

        private final @Nullable Scope scope;

        Held(@Nullable Scope scope) {
            this.scope = scope;
        }
    }

    private enum Need {
        APP(Held.EVERYWHERE, Held.FOR_THE_BOX, Held.FOR_THE_APP),
        HOST(Held.EVERYWHERE, Held.FOR_THE_BOX),
        HOST_OR_PART(Held.EVERYWHERE, Held.FOR_THE_BOX, Held.FOR_THE_APP, Held.FOR_ANOTHER_APP),
        CONSOLE(Held.EVERYWHERE),
        ANYTHING(
                Held.EVERYWHERE,
                Held.FOR_THE_BOX,
                Held.FOR_THE_APP,
                Held.FOR_ANOTHER_APP,
                Held.FOR_ANOTHER_BOX,
                Held.FOR_ITS_NAMESAKE_ON_ANOTHER_BOX);

        private final Set<Held> enough;

        Need(Held... enough) {
            this.enough = Set.of(enough);
        }

        boolean isMetBy(Held held) {
            return enough.contains(held);
        }

        static Need of(String word) {
            return switch (word) {
                case "app", "operation" -> APP;
                case "host" -> HOST;
                case "host+" -> HOST_OR_PART;
                case "console" -> CONSOLE;
                case "console+" -> ANYTHING;
                default -> throw new IllegalArgumentException(word);
            };
        }
    }

    private enum Proof {
        NEVER,
        OF_DATA,
        ALWAYS;

        static Proof of(String[] words) {
            String word = words.length > 3 ? words[3] : "";
            return switch (word) {
                case "" -> NEVER;
                case "proof-of-data" -> OF_DATA;
                case "proof" -> ALWAYS;
                default -> throw new IllegalArgumentException(word);
            };
        }
    }

    private record Answer(Role role, Need named, @Nullable Need unnamed, Proof proof) {

        boolean eitherWay() {
            return unnamed != null;
        }

        Need need(boolean app) {
            return app || unnamed == null ? named : unnamed;
        }
    }

    private static final SortedMap<String, Answer> ANSWERS = answers();

    private static SortedMap<String, Answer> answers() {
        SortedMap<String, Answer> answers = new TreeMap<>();
        read("/access/verbs.txt").lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            String[] words = line.split(" +");
            String[] needs = words[2].split("\\|");
            answers.put(
                    words[0],
                    new Answer(
                            Role.valueOf(words[1]),
                            Need.of(needs[0]),
                            needs.length == 1 ? null : Need.of(needs[1]),
                            Proof.of(words)));
        });
        return answers;
    }

    private static String read(String resource) {
        try (InputStream text = AuthorisationTest.class.getResourceAsStream(resource)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Arguments> guardedVerbs() {
        return verbs().filter(verb -> required(verb).isPresent()).map(verb -> Arguments.of(signature(verb), verb));
    }

    private static String signature(Method verb) {
        return label(verb)
                + Arrays.stream(verb.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(",", "(", ")"));
    }

    /** Those that say what the verb is about; the others are not looked at by the guard. */
    private static Object[] arguments(Method verb, boolean app) {
        return arguments(verb, app, false);
    }

    private static Object[] arguments(Method verb, boolean app, boolean data) {
        List<Class<?>> types = List.of(verb.getParameterTypes());
        return types.stream()
                .map(type -> type == Operations.RollBack.class
                        ? new Operations.RollBack(null, data, Confirming.DEFAULT)
                        : type == Operations.AppData.class
                                ? Operations.AppData.comesBack(data)
                                : argument(type, app, types.size() > 0 && !types.contains(HostName.class)))
                .toArray();
    }

    private static @Nullable Object argument(Class<?> type, boolean app, boolean operation) {
        if (type == HostName.class) {
            return BOX;
        } else if (type == AppName.class) {
            return app ? BLOG : null;
        } else if (type == OperationId.class) {
            return operation ? OF_BLOG : null;
        } else if (type == SecretOwner.class) {
            return app ? SecretOwner.of(BLOG) : SecretOwner.ofService("mail");
        } else if (type == Operations.Apply.class) {
            return app ? new Operations.Apply(null, BLOG, Confirming.DEFAULT) : Operations.Apply.ALL;
        } else if (type == Operations.KeptBackup.class) {
            return new Operations.KeptBackup("attic", "0".repeat(64), app ? BLOG : null, List.of());
        }
        return type == int.class
                ? (Object) 0
                : type == long.class ? (Object) 0L : type == boolean.class ? (Object) false : null;
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
                .filter(advisor ->
                        advisor.getAdvice().getClass().getSimpleName().equals("ScopeGuard"))
                .toList();
        assertThat(guards).hasSize(1);
        guards.forEach(factory::addAdvisor);
        return factory.getProxy();
    }

    /** As the screens call it: by the session of a browser. */
    private static boolean proofIsWanted(Runnable call, String session) {
        ApplicationContext console = Console.shared().context();
        Optional<?> anna = invokeMethod(console.getBean("accountTable"), "find", Console.ANNA.name());
        invokeMethod(console.getBean("confirmations"), "confirm", Console.ANNA.name(), "proved lately");
        // Not Spring Security's own static one, which another console in this process may have replaced.
        SecurityContextHolderStrategy contexts = console.getBean(SecurityContextHolderStrategy.class);
        contexts.getContext()
                .setAuthentication(invokeMethod(console.getBean("roles"), "signedIn", anna.orElseThrow(), session));
        try {
            call.run();
            return false;
        } catch (ProblemException refused) {
            assertThat(refused.problem().code()).isEqualTo(ProblemCode.PASSWORD_NEEDED);
            return true;
        } catch (NullPointerException letIn) {
            // By the guard: what stands behind it answers nothing, also where a number is to be told.
            return false;
        } finally {
            contexts.clearContext();
        }
    }

    private static boolean denied(Runnable call, @Nullable Grants grants) {
        Throwable outcome = catchThrowable(() -> {
            if (grants == null) {
                call.run();
            } else {
                Console.shared().get(ActingAs.class).call(new Operator("bob", "bob@croft.invalid", grants), () -> {
                    call.run();
                    return null;
                });
            }
        });
        return outcome instanceof AccessDeniedException
                || outcome instanceof AuthorizationDeniedException
                || outcome instanceof AuthenticationCredentialsNotFoundException;
    }

    private static void call(Object target, Method verb, Object[] arguments) {
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

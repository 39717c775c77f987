package dev.croft.journeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.running.ComposedCroft;
import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every journey runs in Docker, too (suite "compose"), or it is said here, and in docs/docker.md, why not. */
class ComposedJourneysTest {

    /** They could; the suite takes as long as it may already, and there is nothing of Docker in them. */
    private static final String TIME = "for time's sake alone";

    private static final Map<String, String> NOT_THERE = Map.ofEntries(
            Map.entry("CroftCommandIT", "about ./croft up and down, which nobody runs there"),
            Map.entry("EnrolIT", "takes in a machine that has not been set up for Croft"),
            Map.entry("MainJobIT", "claims a console of its own and kills its process"),
            Map.entry("PasskeyProofIT", "has its console in its own process"),
            Map.entry("SignInIT#theLinkOfTheFirstStartIsGoodOnce", "WizardIT has used the link"),
            Map.entry(
                    "SignInIT#aProviderThatCallsItselfOtherwiseIsRefused",
                    "has a proxy before Keycloak on this machine's loopback, which a container does not reach"),
            Map.entry("SignInIT#tokensOfAnEarlierSignInSignNobodyIn", "the same proxy"),
            Map.entry(
                    "SignInIT#somebodyWhoseAccountIsClosedThereIsOutHereAndToldSo",
                    "wants a console that asks the provider again every second"),
            Map.entry("SignInIT#aProviderThatIsDownIsToldOfAndLocalAccountsGetIn", "ends Keycloak for good"),
            Map.entry("MailIT", TIME),
            Map.entry("BadInputIT", TIME),
            Map.entry("HostileValuesIT", TIME),
            Map.entry("MetricsIT", TIME),
            Map.entry("UpgradeIT", TIME),
            Map.entry("LogsIT", TIME),
            Map.entry("ChangeIT#revertsByItselfWhatNobodyKeeps", TIME),
            Map.entry("ChangeIT#followsAFloodOfLines", TIME),
            Map.entry("ChangeIT#collectsWhatWasChosen", TIME),
            Map.entry("ChangeIT#endsADriftByReturning", TIME),
            Map.entry("BackupsIT#aRestoreTestHasAReport", TIME),
            Map.entry("BackupsIT#whatTheTimerStartsIsInTheActivity", TIME),
            Map.entry("BackupsIT#aBucketIsAPlaceAsWell", TIME),
            Map.entry("BackupsIT#whatABucketKeptComesBackToTheByte", TIME),
            Map.entry("BackupsIT#aKeyThatTheBucketDoesNotTakeIsToldSoon", TIME),
            Map.entry("BackupsIT#aDamagedRepositoryIsNoticedAndShownEverywhere", TIME));

    @Test
    void eachRunsThereOrSaysWhyNot() throws Exception {
        List<String> left = new ArrayList<>();
        for (Class<?> journey : journeys()) {
            if (isThere(journey)) {
                continue;
            }
            List<String> methods = Stream.of(journey.getDeclaredMethods())
                    .filter(each -> each.isAnnotationPresent(Test.class))
                    .filter(each -> !isThere(each))
                    .map(Method::getName)
                    .map(each -> journey.getSimpleName() + "#" + each)
                    .sorted()
                    .toList();
            if (Stream.of(journey.getDeclaredMethods()).anyMatch(ComposedJourneysTest::isThere)) {
                left.addAll(methods);
            } else {
                left.add(journey.getSimpleName());
            }
        }

        assertThat(left).containsExactlyInAnyOrderElementsOf(NOT_THERE.keySet());
        assertThat(Files.readString(Path.of("docs/docker.md")))
                .contains(NOT_THERE.keySet().stream()
                        .map(each -> "`" + each.replaceFirst("#.*", "") + "`")
                        .distinct()
                        .toList());
    }

    private static List<Class<?>> journeys() throws IOException, ClassNotFoundException {
        List<Class<?>> found = new ArrayList<>();
        try (Stream<Path> sources = Files.list(Path.of("src/test/java/dev/croft/journeys"))) {
            for (Path source : sources.toList()) {
                String name = source.getFileName().toString().replaceFirst("\\.java$", "");
                if (name.endsWith("IT")) {
                    found.add(Class.forName(ComposedJourneysTest.class.getPackageName() + "." + name));
                }
            }
        }
        return found;
    }

    private static boolean isThere(AnnotatedElement element) {
        return Stream.of(element.getAnnotationsByType(Tag.class))
                .anyMatch(each -> each.value().equals(ComposedCroft.TAG));
    }
}

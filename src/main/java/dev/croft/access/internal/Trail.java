package dev.croft.access.internal;

import dev.croft.access.Acted;
import dev.croft.access.Grants;
import dev.croft.access.Scope;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OfApp;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Told;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.event.InteractiveAuthenticationSuccessEvent;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Says what was called, by whom and from where, for the audit. */
@Component
class Trail {

    private static final String SIGN_IN = "sign-in";
    private static final int WORD_MOST = 100;
    /** Of what was run. */
    private static final int RUN_MOST = 500;

    private static final String HIDDEN = "…";
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
    /** Options and settings of programs that carry secrets, beside their value or before it. */
    private static final Pattern SECRET_OPTION = Pattern.compile(
            "(?i)([\\w.-]*(?:passw|passphrase|secret|token|api-?_?key|credential)[\\w.-]*)(=.*)?", Pattern.DOTALL);

    /** In an address: who asks, and often a token. */
    private static final Pattern USER_INFO = Pattern.compile("//[^/@\\s]+@");

    /** Said otherwise, or twice: the entry's digest, the name that was typed once more. */
    private static final Set<String> PASSED_OVER = Set.of("base", "typed", "digest", "planDigest", "after");

    private final ApplicationEventPublisher events;
    private final Clock clock;

    Trail(ApplicationEventPublisher events, Clock clock) {
        this.events = events;
        this.clock = clock;
    }

    void called(Authentication who, MethodInvocation call, @Nullable Object result, @Nullable Throwable failure) {
        HostName host = null;
        AppName app = null;
        OperationId operation = null;
        for (Object argument : call.getArguments()) {
            switch (argument) {
                case HostName name -> host = name;
                case AppName name -> app = name;
                case OfApp part when part.app() != null -> app = part.app();
                case OperationId id -> operation = id;
                case null, default -> {}
            }
        }
        Method method = call.getMethod();
        events.publishEvent(new Acted(
                clock.instant(),
                who.getName(),
                session(who),
                address(who),
                useCase(method) + "." + method.getName(),
                host,
                app,
                operation,
                words(method, call.getArguments()),
                outcome(failure),
                result));
    }

    @EventListener
    void signedIn(InteractiveAuthenticationSuccessEvent event) {
        Authentication who = event.getAuthentication();
        String way = who.getDetails() instanceof BrowserCookie.Details details ? "by " + details.way() : "";
        publish(who.getName(), session(who), address(who), SIGN_IN, way, Acted.DONE);
    }

    /**
     * Told by whom every failure comes past: events that stand for classes of failures would leave out those of no class.
     *
     * @param name what was typed; empty when nobody knows who it was
     * @param way by which they tried
     */
    void notSignedIn(HttpServletRequest request, String name, String way, Problem why) {
        publish(
                name,
                BrowserCookie.key(request).orElse(""),
                request.getRemoteAddr(),
                SIGN_IN,
                "by " + way,
                why.code().name());
    }

    /** A sign-in was ended because the provider vouches no more. Nobody did it: it came out when the provider was asked. */
    void thrownOut(String name, String session, String address, String provider, Problem why) {
        publish(
                name,
                session,
                address,
                "Sessions.end",
                "by provider " + provider + " no more",
                why.code().name());
    }

    /** What somebody did who has no session: by a link or a claim. */
    void withoutSession(String name, String verb, String object) {
        boolean asked = RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes;
        publish(
                name,
                "",
                asked
                        ? ((ServletRequestAttributes) RequestContextHolder.currentRequestAttributes())
                                .getRequest()
                                .getRemoteAddr()
                        : "",
                verb,
                object,
                Acted.DONE);
    }

    /** Somebody proved once more who they are, at a provider. */
    void proved(Authentication who, String way) {
        publish(who.getName(), session(who), address(who), "proof", "by " + way, Acted.DONE);
    }

    private void publish(String name, String session, String address, String verb, String object, String outcome) {
        events.publishEvent(new Acted(
                clock.instant(),
                // What was typed as a name may be anything, of any length.
                name.length() > WORD_MOST ? name.substring(0, WORD_MOST) : name,
                session,
                address,
                verb,
                null,
                null,
                null,
                object,
                outcome,
                null));
    }

    private static String outcome(@Nullable Throwable failure) {
        return switch (failure) {
            case null -> Acted.DONE;
            case AccessDeniedException denied -> Acted.REFUSED;
            case ProblemException known -> known.problem().code().name();
            default -> "INTERNAL";
        };
    }

    private static String session(Authentication who) {
        return who instanceof SignedIn signedIn ? signedIn.session() : "";
    }

    private static String address(Authentication who) {
        return who.getDetails() instanceof WebAuthenticationDetails web ? web.getRemoteAddress() : "";
    }

    /** The published interface, whichever class carries it out. */
    private static String useCase(Method method) {
        for (Class<?> type : method.getDeclaringClass().getInterfaces()) {
            for (Method each : type.getMethods()) {
                if (each.getName().equals(method.getName())) {
                    return type.getSimpleName();
                }
            }
        }
        return method.getDeclaringClass().getSimpleName();
    }

    /** Names, numbers and choices. Text that is long, or of several lines, is content; everything else may carry a secret. */
    private static String words(Method method, @Nullable Object[] arguments) {
        List<String> words = new ArrayList<>();
        Parameter[] parameters = method.getParameters();
        for (int i = 0; i < parameters.length; i++) {
            String name = parameters[i].getName();
            if (PASSED_OVER.contains(name)) {
                continue;
            }
            String word = word(arguments[i]);
            if (!word.isEmpty()) {
                words.add(name + " " + word);
            }
        }
        return String.join(", ", words);
    }

    /** As it was run, but for what follows an option that asks for a secret. */
    private static String withoutSecrets(List<?> words) {
        List<String> shown = new ArrayList<>();
        boolean hide = false;
        for (Object word : words) {
            String text = USER_INFO.matcher(word.toString()).replaceAll("//" + HIDDEN + "@");
            Matcher option = SECRET_OPTION.matcher(text);
            if (hide && !text.startsWith("-")) {
                shown.add(HIDDEN);
                hide = false;
            } else if (option.matches()) {
                hide = option.group(2) == null && text.startsWith("-");
                shown.add(option.group(2) == null ? text : option.group(1) + "=" + HIDDEN);
            } else {
                hide = false;
                shown.add(text);
            }
        }
        return shown.toString();
    }

    private static String cut(String text) {
        String line = CONTROL.matcher(text).replaceAll(" ");
        return line.length() > RUN_MOST ? line.substring(0, RUN_MOST) + " …" : line;
    }

    private static String word(@Nullable Object argument) {
        return switch (argument) {
            case String text
            when text.length() <= WORD_MOST && text.chars().noneMatch(Character::isISOControl) ->
                USER_INFO.matcher(text).replaceAll("//" + HIDDEN + "@");
            case Number number -> number.toString();
            case Boolean choice -> choice.toString();
            case Enum<?> choice -> choice.name();
            case Scope scope -> scope.toString();
            case Told told -> cut(told.told());
            case List<?> words
            when !words.isEmpty() && words.stream().allMatch(String.class::isInstance) -> cut(withoutSecrets(words));
            case Grants grants ->
                grants.all().stream()
                        .map(grant -> grant.role() + " " + grant.scope())
                        .toList()
                        .toString();
            case null, default -> "";
        };
    }
}

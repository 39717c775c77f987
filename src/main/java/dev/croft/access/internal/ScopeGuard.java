package dev.croft.access.internal;

import dev.croft.access.Grants;
import dev.croft.access.OperationScopes;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.access.StepUp;
import dev.croft.kernel.HostName;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.stereotype.Component;

/**
 * Stands before every use case that asks for a role, and lets in who holds it for what the arguments name. Nothing is looked up before
 * that, so a refusal does not tell what exists.
 *
 * <p>A use case that another one calls is asked for the role alone, held for anything: the outer one has been let in for its scope and
 * narrows what it tells, while the inner one may have to read the whole box for it.
 */
@Component
class ScopeGuard implements MethodInterceptor, Sight {

    private final ObjectProvider<ContextOperator> current;
    private final ObjectProvider<OperationScopes> operations;
    private final ObjectProvider<StepUp> stepUp;
    private final ObjectProvider<Trail> trail;
    private final ObjectProvider<SecurityContextHolderStrategy> contexts;
    private final Map<Method, Optional<Requirement>> requirements = new ConcurrentHashMap<>();
    /** How many use cases are open on this thread. */
    private final ThreadLocal<Integer> depth = ThreadLocal.withInitial(() -> 0);

    ScopeGuard(
            ObjectProvider<ContextOperator> current,
            ObjectProvider<OperationScopes> operations,
            ObjectProvider<StepUp> stepUp,
            ObjectProvider<Trail> trail,
            ObjectProvider<SecurityContextHolderStrategy> contexts) {
        this.current = current;
        this.operations = operations;
        this.stepUp = stepUp;
        this.trail = trail;
        this.contexts = contexts;
    }

    boolean guards(Method method) {
        return requirement(method).isPresent();
    }

    private Optional<Requirement> requirement(Method method) {
        return requirements.computeIfAbsent(method, Requirement::of);
    }

    @Override
    public @Nullable Object invoke(MethodInvocation call) throws Throwable {
        Requirement required = requirement(call.getMethod()).orElseThrow();
        Authentication who = contexts.getObject().getContext().getAuthentication();
        if (who == null) {
            throw new AuthenticationCredentialsNotFoundException("Nobody is signed in.");
        }
        int before = depth.get();
        try {
            Object result;
            try {
                require(required, who, call);
                depth.set(before + 1);
                result = call.proceed();
            } catch (RuntimeException | Error failure) {
                try {
                    tell(required, before, () -> trail.getObject().called(who, call, null, failure));
                } catch (RuntimeException untold) {
                    failure.addSuppressed(untold);
                }
                throw failure;
            }
            tell(required, before, () -> trail.getObject().called(who, call, result, null));
            return result;
        } finally {
            if (before == 0) {
                depth.remove();
            } else {
                depth.set(before);
            }
        }
    }

    /** Of what one use case did for another, the outer one's line tells. */
    private static void tell(Requirement required, int before, Runnable line) {
        if (required.audited() && before == 0) {
            line.run();
        }
    }

    private void require(Requirement required, Authentication who, MethodInvocation call) {
        Grants grants = current.getObject().of(who).grants();
        boolean met = depth.get() == 0
                ? required.isMet(grants, call.getArguments(), operations::getObject)
                : grants.allowsWithin(required.role(), Scope.EVERYWHERE);
        if (!met) {
            throw new AuthorizationDeniedException("Access Denied", new AuthorizationDecision(false));
        }
        if (required.wantsProof(call.getArguments())) {
            stepUp.getObject().require();
        }
    }

    @Override
    public Predicate<Scope> may(Role role) {
        return seen((grants, scope) -> grants.allows(role, scope));
    }

    @Override
    public Predicate<HostName> within(Role role) {
        return seen((grants, host) -> grants.allowsWithin(role, Scope.of(host)));
    }

    @Override
    public BooleanSupplier presence() {
        Authentication who = contexts.getObject().getContext().getAuthentication();
        return () -> who != null && !current.getObject().of(who).grants().isEmpty();
    }

    private <T> Predicate<T> seen(BiPredicate<Grants, T> allowed) {
        if (depth.get() > 1) {
            return any -> true;
        }
        Authentication who = contexts.getObject().getContext().getAuthentication();
        return each -> who != null && allowed.test(current.getObject().of(who).grants(), each);
    }
}

package dev.croft.access.internal;

import dev.croft.access.Audited;
import dev.croft.access.Grants;
import dev.croft.access.OperationScopes;
import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OfApp;
import dev.croft.kernel.OfData;
import dev.croft.kernel.OperationId;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * What a use case asks of its caller, read from its annotations.
 *
 * @param role the lowest that is enough
 * @param reach for what it has to be held
 * @param proof when the caller must have proved lately who they are
 * @param audited whether it leaves a line in the audit
 */
record Requirement(Role role, Reach reach, Proof proof, boolean audited) {

    enum Reach {
        /** What the arguments name. */
        NAMED,
        /** What they name, or a part of it when that is no app. */
        PART,
        EVERYWHERE
    }

    enum Proof {
        NEVER,
        /** When older data comes back. */
        OF_DATA,
        ALWAYS
    }

    private static Proof proof(Method method) {
        RequiresStepUp asked = AnnotatedElementUtils.findMergedAnnotation(method, RequiresStepUp.class);
        return asked == null ? Proof.NEVER : asked.ofData() ? Proof.OF_DATA : Proof.ALWAYS;
    }

    private static Reach reach(boolean within, boolean everywhere) {
        return everywhere ? Reach.EVERYWHERE : within ? Reach.PART : Reach.NAMED;
    }

    static Optional<Requirement> of(Method method) {
        Proof proof = proof(method);
        boolean reads = AnnotatedElementUtils.hasAnnotation(method, ReadsOnly.class);
        RequiresAdmin admin = AnnotatedElementUtils.findMergedAnnotation(method, RequiresAdmin.class);
        if (admin != null) {
            return Optional.of(new Requirement(Role.ADMIN, reach(admin.within(), admin.everywhere()), proof, !reads));
        }
        RequiresOperator operator = AnnotatedElementUtils.findMergedAnnotation(method, RequiresOperator.class);
        if (operator != null) {
            return Optional.of(new Requirement(Role.OPERATOR, reach(operator.within(), false), proof, !reads));
        }
        RequiresViewer viewer = AnnotatedElementUtils.findMergedAnnotation(method, RequiresViewer.class);
        if (viewer != null) {
            return Optional.of(new Requirement(
                    Role.VIEWER,
                    reach(viewer.within(), false),
                    proof,
                    AnnotatedElementUtils.hasAnnotation(method, Audited.class)));
        }
        return Optional.empty();
    }

    /** Whether a call with these arguments wants the proof. */
    boolean wantsProof(@Nullable Object[] arguments) {
        return proof == Proof.ALWAYS
                || proof == Proof.OF_DATA
                        && Arrays.stream(arguments).anyMatch(each -> each instanceof OfData some && some.data());
    }

    /** Whether the grants are enough to call it with these arguments. */
    boolean isMet(Grants grants, @Nullable Object[] arguments, Supplier<OperationScopes> operations) {
        if (reach == Reach.EVERYWHERE) {
            return grants.allows(role, Scope.EVERYWHERE);
        }
        HostName host = null;
        Set<AppName> apps = new HashSet<>();
        Set<Scope> more = new HashSet<>();
        for (Object argument : arguments) {
            switch (argument) {
                case HostName name -> host = name;
                case AppName name -> apps.add(name);
                case OfApp part when part.app() != null -> apps.add(part.app());
                case OperationId id -> more.addAll(operations.get().of(id));
                case null, default -> {}
            }
        }
        for (AppName app : apps) {
            more.add(host == null ? Scope.EVERYWHERE : Scope.of(host, app));
        }
        if (apps.isEmpty() && (host != null || more.isEmpty())) {
            Scope named = new Scope(host, null);
            if (reach == Reach.PART ? !grants.allowsWithin(role, named) : !grants.allows(role, named)) {
                return false;
            }
        }
        return more.stream().allMatch(scope -> grants.allows(role, scope));
    }
}

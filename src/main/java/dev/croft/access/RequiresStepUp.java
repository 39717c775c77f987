package dev.croft.access;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Beside its role, the use case asks that the caller has proved lately who they are ({@link StepUp}): a session that was left open is
 * not enough. Refused with PASSWORD_NEEDED.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface RequiresStepUp {

    /** Asks it only of a call that brings older data back, as one of its arguments says: an {@link dev.croft.kernel.OfData}. */
    boolean ofData() default false;
}

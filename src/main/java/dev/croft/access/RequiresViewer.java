package dev.croft.access;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The use case may be called by the role VIEWER and those above it. For what the role has to be held, the arguments say: for the app
 * that they name ({@code AppName}, {@code OfApp}, {@code OperationId}), else for the box ({@code HostName}), else everywhere.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface RequiresViewer {

    /**
     * When no app is named, it is enough to hold the role for anything that lies in the box (or in the console, when no box is named
     * either). The use case then tells, and does, only what {@link Sight} allows.
     */
    boolean within() default false;
}

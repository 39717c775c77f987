package dev.croft.ui.shell;

import dev.croft.access.Grants;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.kernel.HostName;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;

/** For whom a page is. Whoever may not use it is not offered it, and finds a page that says so at its address. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Needs {

    What value();

    enum What {
        /** Everybody who is signed in. */
        NOTHING,
        /** A role for anything on the box: it shows what its reader may see. */
        ANYTHING_ON_THE_BOX,
        /** A role for the whole box. */
        THE_BOX,
        OPERATE_THE_BOX,
        ADMINISTER_EVERYTHING;

        /** @param host the box that the screens are about; null: there is none that the person may see */
        public boolean isMet(Grants grants, @Nullable HostName host) {
            Scope box = new Scope(host, null);
            return switch (this) {
                case NOTHING -> true;
                case ANYTHING_ON_THE_BOX -> grants.allowsWithin(Role.VIEWER, box);
                case THE_BOX -> grants.allows(Role.VIEWER, box);
                case OPERATE_THE_BOX -> grants.allows(Role.OPERATOR, box);
                case ADMINISTER_EVERYTHING -> grants.allows(Role.ADMIN, Scope.EVERYWHERE);
            };
        }
    }
}

package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import dev.croft.access.Grant;
import dev.croft.access.Grants;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import java.util.stream.Collectors;

/** Roles and what they are held for, in words for people. */
public final class Held {

    private Held() {}

    public static String words(Grants grants) {
        return grants.isEmpty()
                ? t("nothing")
                : grants.all().stream().map(Held::words).collect(Collectors.joining("; "));
    }

    public static String words(Grant grant) {
        return t("{0} {1}", role(grant.role()), scope(grant.scope()));
    }

    public static String role(Role role) {
        return switch (role) {
            case VIEWER -> t("Viewer");
            case OPERATOR -> t("Operator");
            case ADMIN -> t("Administrator");
        };
    }

    public static String scope(Scope scope) {
        return scope.host() == null
                ? t("everywhere")
                : scope.app() == null ? t("on {0}", scope.host()) : t("for {0} on {1}", scope.app(), scope.host());
    }

    /** What somebody who is given this can do, as a sentence. */
    public static String sentence(Grant grant) {
        String what = grant.scope().host() == null
                ? t("all boxes and this console")
                : grant.scope().app() == null
                        ? t("the box {0} and all its apps", grant.scope().host())
                        : t(
                                "the app {0} on {1}, and nothing else there",
                                grant.scope().app(), grant.scope().host());
        return switch (grant.role()) {
            case VIEWER -> t("May look at {0}; changes nothing.", what);
            case OPERATOR -> t("May look at, deploy, roll back, start and stop, and set secrets of {0}.", what);
            case ADMIN ->
                grant.scope().host() == null
                        ? t("May do everything: change boxes, see secrets, and decide who may do what.")
                        : t("May do everything with {0}, also see secrets and put backups back.", what);
        };
    }
}

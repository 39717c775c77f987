package dev.croft.ui.shell;

import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import org.jspecify.annotations.Nullable;

/** Every address of the console, once. Relative to the base, so Croft also works below a path. */
public final class Links {

    public static final String HOME = "";
    public static final String SETUP = "setup";
    public static final String WIZARD = "wizard";
    public static final String LOGIN = "login";
    public static final String APPS = "apps";
    public static final String NEW_APP = "new-app";
    public static final String ACTIVITY = "activity";
    public static final String HOST = "host";
    public static final String ADD_BOX = "add-box";
    public static final String CONTRACT = "host/contract";
    public static final String GENERATIONS = "host/generations";
    public static final String LOGS = "host/logs";
    public static final String METRICS = "host/metrics";
    public static final String DISK = "host/disk";
    public static final String NETWORK = "host/network";
    public static final String USERS = "host/users";
    public static final String MONITORING = "host/monitoring";
    public static final String DRIFT = "host/drift";
    public static final String CONTENTS = "host/contents";
    public static final String DOMAINS = "domains";
    public static final String BACKUPS = "backups";
    public static final String CHANGES = "changes";
    public static final String SERVICES = "services";
    public static final String MAIL = "services/mail";
    public static final String SETTINGS = "settings";
    public static final String MY_ACCOUNT = "settings/account";
    public static final String APPEARANCE = "settings/appearance";
    public static final String SIGN_IN = "settings/sign-in";
    public static final String NEW_PROVIDER = "settings/new-provider";
    public static final String LOGIN_CODE = "login/code";
    public static final String SIGN_IN_TEST = "sign-in-test";
    public static final String SIGN_IN_CONFIRMED = "sign-in-confirmed";
    public static final String PEOPLE = "settings/people";
    public static final String ALERTS = "alerts";
    public static final String ALERT_RULES = "alerts/rules";
    public static final String ALERT_CHANNELS = "alerts/channels";
    public static final String AUDIT = "activity/audit";
    public static final String WELCOME = "welcome";

    private Links() {}

    public static String app(AppName app) {
        return APPS + "/" + app;
    }

    public static String app(AppName app, String tab) {
        return APPS + "/" + app + "/" + tab;
    }

    /** What an app, or without one the box, is made of. */
    public static String contents(@Nullable AppName app) {
        return app == null ? CONTENTS : app(app, "contents");
    }

    /** @param engine as the box names it: postgresql or mysql */
    public static String service(String engine) {
        return SERVICES + "/" + engine;
    }

    /** @param id of a provider of OpenID Connect */
    public static String provider(String id) {
        return SIGN_IN + "/" + id;
    }

    public static String alert(long id) {
        return ALERTS + "/" + id;
    }

    public static String operation(OperationId id) {
        return ACTIVITY + "/" + id;
    }
}

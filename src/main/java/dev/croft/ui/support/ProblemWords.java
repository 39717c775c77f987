package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import dev.croft.kernel.ProblemCode;

/**
 * What a problem is called in the reader's language, by its code. The problem itself is told in English, by the box or a use case, with
 * the names and figures of the case; a reader of English needs no more than that.
 */
public final class ProblemWords {

    private ProblemWords() {}

    public static String title(ProblemCode code) {
        return switch (code) {
            case PROTOCOL_ERROR -> t("Box and console did not understand each other.");
            case PROTOCOL_UNSUPPORTED -> t("Box and console speak different versions.");
            case NOT_ALLOWED -> t("That is not allowed.");
            case NOT_FOUND -> t("That does not exist.");
            case BAD_REQUEST -> t("The box did not accept the request.");
            case STATE_REFUSED -> t("The box does not accept this state.");
            case STATE_VERSION -> t("The state is of another version than the box's.");
            case HOST_BUSY -> t("The box is busy.");
            case HOST_FLAKE_DIRTY -> t("Files of the box's flake have been edited by hand.");
            case SOURCE_REFUSED -> t("This source is not allowed.");
            case SOURCE_UNREACHABLE -> t("The source was not reached.");
            case SOURCE_REF_NOT_FOUND -> t("The source has no such branch, tag or commit.");
            case SOURCE_NOT_BUILDABLE -> t("Croft does not know how to build this source.");
            case SOURCE_CHANGED -> t("The source is not what it was.");
            case EVALUATION_FAILED -> t("The configuration could not be evaluated.");
            case EVALUATION_OUT_OF_MEMORY -> t("The memory was not enough to evaluate the configuration.");
            case BUILD_FAILED -> t("The build failed.");
            case STATE_CHANGED -> t("The box was changed meanwhile.");
            case PLAN_OUTDATED -> t("The review is out of date.");
            case DISK_FULL -> t("There is not enough room on the disk.");
            case BOOT_FULL -> t("There is not enough room in /boot.");
            case SNAPSHOT_FAILED -> t("The data could not be copied.");
            case SNAPSHOT_NOT_FOUND -> t("There is no such copy of data.");
            case DUMP_FAILED -> t("A database could not be dumped.");
            case BACKUP_UNREACHABLE -> t("The place for backups was not reached.");
            case BACKUP_REFUSED -> t("The place for backups refused the box.");
            case BACKUP_DAMAGED -> t("The backups are damaged.");
            case BACKUP_FAILED -> t("The backup failed.");
            case RESTORE_TEST_FAILED -> t("The restore test failed.");
            case DATABASE_IN_USE -> t("The database is in use.");
            case DATA_IN_USE -> t("The data is in use.");
            case MAIL_NOT_SET_UP -> t("The box has no mail.");
            case MAILBOX_IN_USE -> t("The mailbox is in use.");
            case SQL_FAILED -> t("The database refused the statement.");
            case MIGRATION_FAILED -> t("The migration of the app failed.");
            case UPGRADE_NEEDED -> t("A guided upgrade is needed first.");
            case UPGRADE_FAILED -> t("The upgrade failed.");
            case EXEC_FAILED -> t("The command could not be run.");
            case SWITCH_FAILED -> t("The new system could not be activated.");
            case APP_EXITED -> t("The app ended by itself.");
            case APP_UNHEALTHY -> t("The app did not become healthy.");
            case PORT_TAKEN -> t("The port is taken.");
            case GENERATION_NOT_FOUND -> t("There is no such generation.");
            case GENERATION_IN_USE -> t("The generation is in use.");
            case SECRET_MISSING -> t("A secret is missing.");
            case SECRET_IN_USE -> t("The secret is in use.");
            case SECRET_FOUND -> t("A secret stands where it must not.");
            case SECRET_LOCKED -> t("The box cannot open a secret.");
            case CERTIFICATE_NOT_ISSUED -> t("A certificate was not issued.");
            case CERTIFICATE_REFUSED -> t("This certificate cannot be used.");
            case CERTIFICATE_IN_USE -> t("The certificate is in use.");
            case CONFIRM_REFUSED -> t("The change was not kept.");
            case CONFIRM_MISSED -> t("Nobody kept the change in time.");
            case REVERTED -> t("The change was taken back.");
            case OPERATION_DIED -> t("The operation was cut off.");
            case CANCELLED -> t("It was cancelled.");
            case INTERNAL -> t("An unforeseen failure.");
            case HOST_UNREACHABLE -> t("The box was not reached.");
            case HOST_KEY_CHANGED -> t("The box has another key than before.");
            case HOST_KEY_UNKNOWN -> t("The key of the box is not known.");
            case HOST_REFUSED_KEY -> t("The box did not accept the console's key.");
            case HELPER_TOO_OLD -> t("What Croft runs on the box is too old.");
            case LINK_LOST -> t("The link to the box was lost.");
            case CLAIM_INVALID -> t("This address to set up the console is not good.");
            case ALREADY_SET_UP -> t("This console has been set up already.");
            case SIGN_IN_FAILED -> t("Signing in failed.");
            case PASSWORD_NEEDED -> t("Your password is needed.");
            case LAST_ADMINISTRATOR -> t("The last administrator has to stay.");
            case INVITATION_INVALID -> t("This invitation is not good any more.");
            case AUDIT_BROKEN -> t("The audit is not whole.");
            case TOO_MANY_ATTEMPTS -> t("Too many attempts.");
            case SIGN_IN_REFUSED -> t("You may not sign in here.");
            case PROVIDER_UNREACHABLE -> t("The provider was not reached.");
            case PROVIDER_REFUSED -> t("The provider refused the sign-in.");
            case WOULD_LOCK_OUT -> t("This would lock everybody out.");
            case SESSION_ENDED -> t("Your session has ended.");
            case INVALID_INPUT -> t("Something that was typed cannot be used.");
            case CONFLICT -> t("Somebody else was faster.");
            case VAULT_LOCKED -> t("The vault is shut.");
            case ALERT_NOT_SENT -> t("The message was not delivered.");
        };
    }

    /** What to do now; where that depends on the case, what was said of it is the better advice. */
    static String next(ProblemCode code) {
        return switch (code) {
            case NOT_ALLOWED -> t("Ask an administrator of this console, or sign in with another account.");
            case HOST_BUSY -> t("Wait until the other operation has ended, then try again.");
            case SOURCE_UNREACHABLE ->
                t("Look whether the address is right and whether the box may read it, then try again.");
            case BUILD_FAILED, EVALUATION_FAILED ->
                t("Read the log: its last lines say what is wrong. What runs now is unchanged.");
            case STATE_CHANGED -> t("Look at what changed, then make your change once more.");
            case PLAN_OUTDATED -> t("Review again before you apply.");
            case DISK_FULL -> t("Make room on the box, for example on the page Disk, then try again.");
            case APP_EXITED, APP_UNHEALTHY ->
                t("Read the log of the app, mend it, and deploy again. What ran before runs again.");
            case PORT_TAKEN -> t("Give the app another port.");
            case SECRET_MISSING -> t("Give the secret a value, then try again.");
            case CONFIRM_MISSED, REVERTED -> t("The box runs what ran before. Look at the change and try again.");
            case HOST_UNREACHABLE, LINK_LOST ->
                t("Look whether the box runs and the network leads there. What runs on it goes on.");
            case HOST_KEY_CHANGED ->
                t("If you reinstalled the box, approve its new key on its page; if not, do not connect.");
            case CLAIM_INVALID -> t("Run ./croft up again: it prints the link that is valid now.");
            case ALREADY_SET_UP -> t("Sign in with that account.");
            case SIGN_IN_FAILED -> t("Type name and password again.");
            case SIGN_IN_REFUSED ->
                t("Use another way to sign in, or ask an administrator of this console what lets you in.");
            case PROVIDER_UNREACHABLE ->
                t(
                        "Try again in a minute. If it stays so, sign in with a local account, or ask whoever runs the provider.");
            case PROVIDER_REFUSED ->
                t(
                        "Begin again. If it stays so, tell an administrator of this console: the details have what was found.");
            case TOO_MANY_ATTEMPTS -> t("Wait a few minutes, then try again.");
            case SESSION_ENDED -> t("Sign in again.");
            case CONFLICT -> t("Load the page again, look at the other change, and make yours once more.");
            case INTERNAL -> t("Try once more. If it happens again, report it with the details.");
            default -> "";
        };
    }
}

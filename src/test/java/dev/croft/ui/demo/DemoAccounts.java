package dev.croft.ui.demo;

import dev.croft.access.Accounts;
import dev.croft.access.Operator;
import dev.croft.access.StepUp;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.util.List;

/** One password is right. */
public class DemoAccounts implements Accounts, StepUp {

    public static final String PASSWORD = "correct horse battery";

    private boolean confirmed = true;

    /** As if the session had been open for an hour. */
    public synchronized void forget() {
        confirmed = false;
    }

    /** Proved elsewhere than by the password. */
    public synchronized void cameBack() {
        confirmed = true;
    }

    @Override
    public boolean isEmpty() {
        return false;
    }

    @Override
    public Operator createFirstAdministrator(String username, SecretText password) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Operator> list() {
        return List.of();
    }

    @Override
    public synchronized void confirmPassword(SecretText password) {
        if (!password.reveal().equals(PASSWORD)) {
            throw Problem.of(
                            ProblemCode.SIGN_IN_FAILED,
                            "Nothing was done.",
                            "password: it is not that of anna.",
                            "Type the password with which you sign in.")
                    .toException();
        }
        confirmed = true;
    }

    @Override
    public synchronized void require() {
        if (!confirmed) {
            throw Problem.of(
                            ProblemCode.PASSWORD_NEEDED,
                            "Nothing was done.",
                            "A session that was left open is not enough for this.",
                            "Show once more that it is you.")
                    .toException();
        }
    }
}

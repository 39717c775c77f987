package dev.croft.access.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.kernel.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordRulesTest {

    /** Long is all that it has to be; which characters it has is nobody's business. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "correct horse battery",
                "gudqzxkvmwhbrt",
                "GUDQZXKVMWHBRT",
                "80273 51946 83",
                "{}~^|<>!§$%&/()",
                "drei grüne flaschen stehen",
                "пять зелёных бутылок",
                "绿色瓶子站在墙上面看着你们",
                "🐙🦑🐚🦐🦞🦀🐡🐠a🐟🐬🐳🐋🦈🐊b🐅🐆"
            })
    void anyCharactersWillDo(String password) {
        assertThatCode(() -> PasswordRules.require("anna", password)).doesNotThrowAnyException();
    }

    @Test
    void lengthIsCountedInCharacters() {
        assertEasyOrShort("vzqmwkxrtbh", "12 to 256");
        assertThatCode(() -> PasswordRules.require("anna", "vzqmwkxrtbhg")).doesNotThrowAnyException();
        String long256 = "vzqm wkxr tbhg p".repeat(16);
        assertThatCode(() -> PasswordRules.require("anna", long256)).doesNotThrowAnyException();
        assertEasyOrShort(long256 + "x", "12 to 256");
    }

    /** From lists of what was stolen elsewhere, the commonest that are long enough. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1234567890123",
                "passwordpassword",
                "PasswordPassword1",
                "unbelievable",
                "abcdefghijkl",
                "qwertyuiopasdf",
                "1q2w3e4r5t6y7u",
                "iloveyouiloveyou",
                "letmeinletmein1",
                "1qaz2wsx3edc4rfv",
                "manchesterunited",
                "p@ssw0rd123456",
                "111111111112"
            })
    void whatEverybodyTakesIsRefused(String password) {
        assertEasyOrShort(password, "too easy to guess");
    }

    /** The words that docs/security.md names. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "croft-console-admin",
                "Croft-Console-2026!",
                "anna.lindgren99",
                "administrator!!",
                "NixOS-admin-01",
                "Anna.Lindgren-Croft",
                "my-password-1234"
            })
    void whatSomebodyTriesWhoKnowsWhoseConsoleItIsIsRefused(String password) {
        assertThatThrownBy(() -> PasswordRules.require("anna.lindgren", password))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("too easy to guess");
    }

    /** Looking for patterns takes longer than anybody waits where there are many: what is looked at is bounded. */
    @Test
    void nobodyKeepsTheConsoleBusyWithAPassword() {
        List<String> slow = new ArrayList<>(List.of("4@8({[</369&#!1/|0$5+7%2/", "a1", "password", "1991-11-11"));
        assertThat(slow).allSatisfy(piece -> {
            String password = piece.repeat(256 / piece.length());
            long began = System.nanoTime();
            try {
                PasswordRules.require("anna", password);
            } catch (ProblemException easy) {
                // Either is right; it is the time that counts.
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began)).as(piece).isLessThan(Duration.ofSeconds(10));
        });
    }

    private static void assertEasyOrShort(String password, String why) {
        assertThatThrownBy(() -> PasswordRules.require("anna", password))
                .as(password)
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining(why);
    }
}

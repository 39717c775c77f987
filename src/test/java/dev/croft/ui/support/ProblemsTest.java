package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.springframework.security.access.AccessDeniedException;

class ProblemsTest {

    @Test
    void passesAKnownProblemOn() {
        Problem known = Problem.of(ProblemCode.HOST_BUSY, "what", "why", "next");

        assertThat(Problems.of(new CompletionException(known.toException()))).isEqualTo(known);
    }

    @Test
    void saysNoMoreThanThatItIsNotAllowed() {
        Problem problem = Problems.of(new AccessDeniedException("Access Denied on dev.croft.Secret"));

        assertThat(problem.code()).isEqualTo(ProblemCode.NOT_ALLOWED);
        assertThat(problem.toString()).doesNotContain("Secret");
    }

    @Test
    void keepsTheWordsOfAnUnexpectedFailureFromThePage() {
        Problem problem = Problems.of(new IllegalStateException("password=hunter2"));

        assertThat(problem.code()).isEqualTo(ProblemCode.INTERNAL);
        assertThat(problem.toString()).doesNotContain("hunter2").contains("reference");
    }
}

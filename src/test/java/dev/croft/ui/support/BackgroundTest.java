package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class BackgroundTest extends ScreenTest {

    @Autowired
    private Background background;

    @Test
    void whateverAUseCaseThrowsIsToldToThePage() {
        List<Problem> told = new ArrayList<>();

        background.call(
                UI.getCurrent(),
                () -> {
                    throw new ExceptionInInitializerError("a part of the console does not load");
                },
                done -> {},
                told::add);

        eventually(() -> assertThat(told).extracting(Problem::code).containsExactly(ProblemCode.INTERNAL));
    }
}

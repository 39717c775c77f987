package dev.croft.ui.support;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** Asks the browser for a passkey. It draws nothing: the browser has its own dialog for that. */
@Tag("croft-passkey")
@JsModule("./croft/passkey.ts")
public final class PasskeyPrompt extends Component {

    public PasskeyPrompt() {
        getElement().setAttribute("hidden", true);
    }

    /** A new one. One of the two is told, under the page's lock. */
    public void create(String options, Consumer<String> answered, Consumer<Problem> left) {
        ask("create", options, answered, left);
    }

    /** One that is there. */
    public void show(String options, Consumer<String> answered, Consumer<Problem> left) {
        ask("show", options, answered, left);
    }

    private void ask(String function, String options, Consumer<String> answered, Consumer<Problem> left) {
        getElement()
                .callJsFunction(function, options)
                .then(
                        JsonNode.class,
                        said -> {
                            if (said.path("answer").isString()) {
                                answered.accept(said.path("answer").asString());
                            } else {
                                left.accept(problem(said.path("refused").asString("")));
                            }
                        },
                        failed -> left.accept(problem(failed)));
    }

    private static Problem problem(String refused) {
        return switch (refused) {
            case "there" ->
                Problem.of(
                        ProblemCode.CONFLICT,
                        "No passkey was made.",
                        "This device has one of your account already.",
                        "Choose another device, or remove the passkey from the list first.");
            case "impossible" ->
                Problem.of(
                        ProblemCode.INVALID_INPUT,
                        "No passkey was asked for.",
                        "This browser has none for pages of this address, or none of a kind that can be checked here.",
                        "Use another browser, or open the console by its name, with https.");
            default ->
                Problem.of(
                        ProblemCode.SIGN_IN_FAILED,
                        "The browser showed no passkey.",
                        "It was given up, took too long, or there is none for this address.",
                        "Try again, or use your password.");
        };
    }
}

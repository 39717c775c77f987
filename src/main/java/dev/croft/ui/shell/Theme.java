package dev.croft.ui.shell;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;

import com.vaadin.flow.component.UI;
import java.util.Arrays;
import java.util.function.Consumer;

/** Light, dark, or as the operating system says. Remembered by the browser, because it is about this screen and not about the person. */
public enum Theme {
    SYSTEM(mark("As the system"), "light dark"),
    LIGHT(mark("Light"), "light"),
    DARK(mark("Dark"), "dark");

    private static final String KEY = "croft-theme";

    private final String label;
    private final String scheme;

    Theme(String label, String scheme) {
        this.label = label;
        this.scheme = scheme;
    }

    public String label() {
        return marked(label);
    }

    public void use(UI ui) {
        ui.getPage().executeJs("""
                        document.documentElement.style.colorScheme = $0;
                        try { localStorage.setItem($1, $0); } catch (full) { /* private mode: holds for this page */ }
                        """, scheme, KEY);
    }

    /** Tells which one this browser has. */
    public static void inUse(UI ui, Consumer<Theme> told) {
        ui.getPage()
                .executeJs("try { return localStorage.getItem($0) ?? ''; } catch (denied) { return ''; }", KEY)
                .then(
                        String.class,
                        scheme -> told.accept(Arrays.stream(values())
                                .filter(each -> each.scheme.equals(scheme))
                                .findFirst()
                                .orElse(SYSTEM)));
    }

    static String restoreScript() {
        return """
                (function () {
                  var scheme = 'light dark';
                  try { scheme = localStorage.getItem('%s') || scheme; } catch (denied) {}
                  document.documentElement.style.colorScheme = scheme;
                })();
                """.formatted(KEY);
    }
}

package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.MajorChange;
import dev.croft.ui.services.Engines;
import dev.croft.ui.support.Icons;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Between two generations lies an upgrade of a database server: what that means for the data. */
final class MajorNote extends Div {

    private MajorNote(Engine engine, MajorChange change) {
        boolean back = change.to() < change.from();
        addClassNames("croft-note", "croft-note-warn");
        setId(engine == Engine.POSTGRESQL ? "major-change" : "major-change-mysql");
        add(
                Icons.of("alert"),
                new Span(
                        back
                                ? t(
                                        "{0} goes back from {1} to {2}. Its data is that of before the upgrade: what was written since stays in the directory of version {1} alone.",
                                        Engines.label(engine),
                                        engine.version(change.from()),
                                        engine.version(change.to()))
                                : t(
                                        "{0} goes from {1} to {2}. Only an upgrade does that, on Services → {0}.",
                                        Engines.label(engine),
                                        engine.version(change.from()),
                                        engine.version(change.to()))));
    }

    /** One for each server whose version differs. */
    static List<MajorNote> of(Comparison comparison) {
        return Stream.of(note(Engine.POSTGRESQL, comparison.postgresql()), note(Engine.MYSQL, comparison.mysql()))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<MajorNote> note(Engine engine, @Nullable MajorChange change) {
        return Optional.ofNullable(change).map(each -> new MajorNote(engine, each));
    }
}

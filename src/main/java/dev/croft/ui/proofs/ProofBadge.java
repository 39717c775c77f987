package dev.croft.ui.proofs;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Span;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.proofs.Proofs;
import dev.croft.proofs.Proofs.Standing;
import dev.croft.proofs.Verification;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import java.util.Optional;

/** Whether what an app runs came out the same when it was built again, and when that was found; leads to the page that has it all. */
public final class ProofBadge extends Span {

    private final HostName host;
    private final AppName app;
    private final Proofs proofs;
    private final Background background;

    public ProofBadge(HostName host, AppName app, Proofs proofs, Background background) {
        this.host = host;
        this.app = app;
        this.proofs = proofs;
        this.background = background;
        addClassName("croft-proof-badge");
        setId("proof-badge");
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        // Where it cannot be told, it is left out: the page that it leads to says why.
        background.call(this, () -> proofs.standing(host, app), this::show, problem -> removeAll());
    }

    private void show(Optional<Standing> found) {
        removeAll();
        var link = new Anchor(Links.contents(app), words(found));
        add(new StatusText(tone(found), ""), link);
        found.ifPresent(standing -> add(TimeText.clock(standing.verification().at())));
    }

    static Tone tone(Optional<Standing> found) {
        if (found.isEmpty()) {
            return Tone.IDLE;
        }
        Tone tone = switch (found.get().verification().verdict()) {
            case IDENTICAL -> Tone.OK;
            case PARTLY, DIFFERS -> Tone.WARN;
            case DAMAGED -> Tone.BAD;
        };
        return Boolean.FALSE.equals(found.get().current()) ? Tone.IDLE : tone;
    }

    static String words(Optional<Standing> found) {
        if (found.isEmpty()) {
            return t("Not verified");
        }
        if (Boolean.FALSE.equals(found.get().current())) {
            return t("An older version was verified");
        }
        return words(found.get().verification().verdict());
    }

    static String words(Verification.Verdict verdict) {
        return switch (verdict) {
            case IDENTICAL -> t("Rebuilt byte for byte");
            case PARTLY -> t("Rebuilt in part, without a difference");
            case DIFFERS -> t("Comes out differently");
            case DAMAGED -> t("Not what was put into the store");
        };
    }
}

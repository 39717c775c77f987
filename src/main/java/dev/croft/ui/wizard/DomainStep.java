package dev.croft.ui.wizard;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.radiobutton.RadioGroupVariant;
import com.vaadin.flow.component.textfield.EmailField;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Acme;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.hostlink.HostCommand.DomainCheck;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.maintenance.Certificates;
import dev.croft.setup.Wizard.Mark;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Step;
import dev.croft.ui.host.SettingsDraft;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.DomainCheckList;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.ProblemPanel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Under which name the first app answers, and who vouches for it. */
final class DomainStep extends WizardStep {

    /** What the first app is to answer to; kept as the step's answer until there is an app. */
    record Chosen(List<String> domains, Tls tls) {

        static final Chosen NOTHING = new Chosen(List.of(), Tls.NONE);

        static Chosen of(Progress progress) {
            return progress.mark(Step.DOMAIN)
                    .map(Mark::answer)
                    .map(Chosen::parse)
                    .orElse(NOTHING);
        }

        private static Chosen parse(String answer) {
            String[] words = answer.split(" ", 2);
            return Arrays.stream(Tls.values())
                    .filter(each -> words.length == 2 && each.word().equals(words[1]))
                    .findFirst()
                    .map(tls -> new Chosen(List.of(words[0]), tls))
                    .orElse(NOTHING);
        }

        @Nullable
        String asAnswer() {
            return domains.isEmpty() ? null : domains.getFirst() + " " + tls.word();
        }
    }

    private enum Issuer {
        TRIAL(mark("Let's Encrypt, trial first"), Tls.ACME, Acme.STAGING),
        REAL(mark("Let's Encrypt"), Tls.ACME, Acme.SERVER),
        INTERNAL(mark("The box's own authority, for a network of your own"), Tls.INTERNAL, null),
        SELF_SIGNED(mark("Self-signed: browsers warn, nobody reads along"), Tls.SELF_SIGNED, null),
        NONE(mark("None: plain http"), Tls.NONE, null);

        private final String label;
        private final Tls tls;
        private final @Nullable String server;

        Issuer(String label, Tls tls, @Nullable String server) {
            this.label = label;
            this.tls = tls;
            this.server = server;
        }

        static Issuer of(Tls tls, @Nullable Acme acme) {
            String server = acme == null ? Acme.STAGING : Objects.requireNonNullElse(acme.server(), Acme.SERVER);
            return Arrays.stream(values())
                    .filter(each -> each.tls == tls && (each.server == null || each.server.equals(server)))
                    .findFirst()
                    .orElse(tls == Tls.ACME ? REAL : NONE);
        }
    }

    /** What keeps an authority from giving a certificate, and Croft cannot mend. */
    private static final Set<String> OF_THE_AUTHORITY = Set.of("caa", "acme-server", "rate-limit");

    private final TextField domain = new TextField(t("Domain"));
    private final RadioButtonGroup<Issuer> issuer = new RadioButtonGroup<>(t("Certificate"));
    private final EmailField email = new EmailField(t("E-mail"));
    private final Button check = new Button(t("Check the name"), Icons.of("search"));
    private final Div checked = new Div();
    private final ProblemPanel problem = new ProblemPanel();
    private final HostName host;
    private final Certificates certificates;
    private final Background background;
    /** The name that the box looked at last, and what it found; forgotten with the name. */
    private @Nullable Looked looked;
    /** What somebody decided, and was told of. */
    private @Nullable Chosen told;

    private record Looked(String name, List<DomainCheck> found) {}

    DomainStep(HostName host, SettingsDraft settings, Certificates certificates, Background background) {
        super(
                Step.DOMAIN,
                t("Domain and TLS"),
                t(
                        "Under which name your first app answers. Without one it answers at the box's address, on its own port."));
        this.host = host;
        this.certificates = certificates;
        this.background = background;
        domain.setId("wizard-domain");
        domain.setPlaceholder("attic.example.org");
        domain.setHelperText(t("A name that leads to this box, or will."));
        issuer.setId("wizard-issuer");
        issuer.addThemeVariants(RadioGroupVariant.LUMO_VERTICAL);
        issuer.setItems(Issuer.values());
        issuer.setItemLabelGenerator(each -> marked(each.label));
        issuer.addValueChangeListener(
                change -> email.setVisible(change.getValue() != null && change.getValue().server != null));
        issuer.setValue(Issuer.TRIAL);
        email.setId("wizard-acme-email");
        email.setPlaceholder("ada@example.org");
        email.setHelperText(
                t(
                        "The authority writes here before a certificate runs out. Giving it accepts its terms. Begin with the trial: its limits are wide."));
        settings.field("acme.email", email);
        check.setId("wizard-domain-check");
        check.addClickListener(click -> {
            if (isNamed()) {
                String name = name();
                look(name, found -> checked.add(new DomainCheckList(name, found)), refused -> {});
            }
        });
        var row = new Div(check);
        row.addClassName("croft-actions");
        add(domain, row, checked, issuer, email, problem);
    }

    private void look(String name, Consumer<List<DomainCheck>> onFound, Consumer<Problem> onProblem) {
        problem.clear();
        checked.removeAll();
        looked = null;
        check.setEnabled(false);
        background.call(
                this,
                () -> certificates.check(host, name),
                found -> {
                    check.setEnabled(true);
                    looked = new Looked(name, found);
                    onFound.accept(found);
                },
                refused -> {
                    check.setEnabled(true);
                    problem.show(refused);
                    onProblem.accept(refused);
                });
    }

    /** What leads visitors or the authority elsewhere. What Croft opens with the first app that has a domain is no news. */
    @Override
    void beforeLeaving(Runnable goOn, Runnable stay) {
        Chosen now = chosen();
        if (now.domains().isEmpty() || now.equals(told)) {
            goOn.run();
            return;
        }
        String name = now.domains().getFirst();
        Consumer<List<DomainCheck>> tell = found -> {
            List<DomainCheck> against = found.stream()
                    .filter(each -> Boolean.FALSE.equals(each.ok()))
                    .filter(each ->
                            "dns".equals(each.id()) || now.tls() == Tls.ACME && OF_THE_AUTHORITY.contains(each.id()))
                    .toList();
            if (against.isEmpty()) {
                goOn.run();
                return;
            }
            told = now;
            checked.removeAll();
            var note = new Paragraph(
                    t(
                            "Nobody would reach the app under this name yet. You can go on all the same, and mend it where the name is kept."));
            note.setId("wizard-domain-told");
            note.getElement().setAttribute("role", "alert");
            checked.add(note, new DomainCheckList(name, against));
            stay.run();
        };
        Looked before = looked;
        if (before != null && before.name().equals(name)) {
            tell.accept(before.found());
            return;
        }
        look(name, tell, refused -> {
            told = now;
            stay.run();
        });
    }

    @Override
    boolean wasTold() {
        return told != null && told.equals(chosen());
    }

    private String name() {
        return domain.getValue().strip().toLowerCase(Locale.ROOT);
    }

    private boolean isNamed() {
        domain.setInvalid(name().isEmpty());
        domain.setErrorMessage(t("Which name?"));
        return !domain.isInvalid();
    }

    @Override
    void show(HostState draft, Progress progress) {
        Chosen chosen = Chosen.of(progress);
        Acme acme = draft.host().acme();
        if (!chosen.domains().isEmpty()) {
            domain.setValue(chosen.domains().getFirst());
            issuer.setValue(Issuer.of(chosen.tls(), acme));
        }
        if (acme != null && email.isEmpty()) {
            email.setValue(acme.email());
        }
    }

    @Override
    Optional<UnaryOperator<HostSettings>> edit() {
        String server = issuer.getValue().server;
        if (name().isEmpty() || server == null) {
            return super.edit();
        }
        String address = email.getValue().strip();
        email.setInvalid(address.isEmpty());
        email.setErrorMessage(t("The authority wants an address."));
        if (email.isInvalid()) {
            return Optional.empty();
        }
        return Optional.of(before -> {
            Acme acme = before.acme();
            return before.withAcme(new Acme(
                    address, server, acme == null ? null : acme.caCertificate(), acme == null ? null : acme.dns()));
        });
    }

    Chosen chosen() {
        return name().isEmpty() ? Chosen.NOTHING : new Chosen(List.of(name()), issuer.getValue().tls);
    }

    @Override
    @Nullable
    String answer() {
        return chosen().asAnswer();
    }

    @Override
    HostSettings undone(HostSettings draft, HostSettings inForce) {
        domain.clear();
        checked.removeAll();
        told = null;
        return draft.withAcme(inForce.acme());
    }
}

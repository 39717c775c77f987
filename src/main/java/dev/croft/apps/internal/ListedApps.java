package dev.croft.apps.internal;

import dev.croft.apps.Apps;
import dev.croft.apps.QuickStart;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.stereotype.Service;

/** What nix/catalogue has; a test compares hash and commit with the files there. */
@Service
class ListedApps implements QuickStart {

    /** Where ports for apps begin: above those that consoles and development servers like. */
    private static final int FIRST_PORT = 8088;

    private record Listed(Entry entry, String builder, String rev, String narHash) {}

    private static final List<Listed> ALL = List.of(new Listed(
            new Entry(
                    "welcome",
                    "A page that says hello",
                    "A small static site, to see the whole way once: built, started, checked, live."),
            "static",
            "504d3842a4e32c20e010d86ef972da8e1e876f50",
            "sha256-UE04QqTjLCDgENhu+XLajh6Hb1DSRv2U395lZWKHbyw="));

    private final DesiredStates desired;
    private final Apps apps;

    ListedApps(DesiredStates desired, Apps apps) {
        this.desired = desired;
        this.apps = apps;
    }

    @Override
    public List<Entry> entries() {
        return ALL.stream().map(Listed::entry).toList();
    }

    @Override
    public AppName draft(HostName host, String id, List<String> domains, Tls tls) {
        return put(host, propose(host, id, domains, tls));
    }

    @Override
    public AppName draftFromGit(HostName host, String url, List<String> domains, Tls tls) {
        return put(host, proposeFromGit(host, url, domains, tls));
    }

    private AppName put(HostName host, Proposed app) {
        desired.putApp(host, app.name(), app.spec(), "");
        return app.name();
    }

    @Override
    public Proposed propose(HostName host, String id, List<String> domains, Tls tls) {
        Listed listed = ALL.stream()
                .filter(each -> each.entry().id().equals(id))
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "The app was not created.",
                                "This Croft has no app called \"" + id + "\" in its catalogue.",
                                "Choose one of the list.")
                        .toException());
        HostState state = desired.draft(host);
        AppName name = free(state, id);
        AppSpec spec = AppSpec.of(
                source(listed),
                new AppSpec.Build(listed.builder()),
                new AppSpec.Run(List.of(), freePort(state), Map.of()));
        return new Proposed(name, spec.answering(domains, tls));
    }

    @Override
    public Proposed proposeFromGit(HostName host, String url, List<String> domains, Tls tls) {
        Inspection found = apps.inspect(host, url, null);
        if (found.builder() == null) {
            throw Problem.of(
                            ProblemCode.SOURCE_NOT_BUILDABLE,
                            "Croft does not know how to build this repository.",
                            found.reason(),
                            "Add a flake.nix, a package.json, a pyproject.toml or an index.html to its root, push it and try again.")
                    .toException();
        }
        HostState state = desired.draft(host);
        String wanted = Apps.nameFrom(found.url());
        AppName name = free(state, wanted.isEmpty() ? "app" : wanted);
        Integer port = found.port();
        boolean taken = state.apps().values().stream()
                .anyMatch(spec -> spec.run().port() != null && spec.run().port().equals(port));
        AppSpec spec = AppSpec.of(
                new Source(Source.GIT, found.url(), found.ref(), found.rev(), found.narHash()),
                new AppSpec.Build(found.builder()),
                new AppSpec.Run(
                        found.command() == null ? List.of() : found.command(),
                        port == null || taken ? Integer.valueOf(freePort(state)) : port,
                        Map.of()));
        return new Proposed(name, spec.answering(domains, tls));
    }

    private static Source source(Listed listed) {
        return new Source(Source.CATALOGUE, "croft:" + listed.entry().id(), null, listed.rev(), listed.narHash());
    }

    private static AppName free(HostState state, String id) {
        return IntStream.iterate(1, count -> count + 1)
                .mapToObj(count -> new AppName(count == 1 ? id : shortened(id) + "-" + count))
                .filter(name -> !state.apps().containsKey(name))
                .findFirst()
                .orElseThrow();
    }

    /** Room for a number behind it: names have at most 31 characters. */
    private static String shortened(String id) {
        return id.length() > 27 ? id.substring(0, 27).replaceFirst("-+$", "") : id;
    }

    private static int freePort(HostState state) {
        Set<Integer> taken = state.apps().values().stream()
                .map(spec -> spec.run().port())
                .filter(port -> port != null)
                .collect(Collectors.toSet());
        return IntStream.iterate(FIRST_PORT, port -> port + 1)
                .filter(port -> !taken.contains(port))
                .findFirst()
                .orElseThrow();
    }
}

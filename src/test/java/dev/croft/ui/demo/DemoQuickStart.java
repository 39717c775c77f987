package dev.croft.ui.demo;

import dev.croft.apps.Apps;
import dev.croft.apps.QuickStart;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.List;
import java.util.Map;

/** One app that comes with the box in memory. */
public class DemoQuickStart implements QuickStart {

    private final Apps apps;

    DemoQuickStart(Apps apps) {
        this.apps = apps;
    }

    @Override
    public List<Entry> entries() {
        return List.of(new Entry("welcome", "A page that says hello", "A small static site."));
    }

    @Override
    public AppName draft(HostName host, String entry, List<String> domains, Tls tls) {
        return put(host, propose(host, entry, domains, tls));
    }

    @Override
    public AppName draftFromGit(HostName host, String url, List<String> domains, Tls tls) {
        return put(host, proposeFromGit(host, url, domains, tls));
    }

    @Override
    public Proposed propose(HostName host, String entry, List<String> domains, Tls tls) {
        return app(entry, "https://git.example.org/" + entry + ".git", domains, tls);
    }

    @Override
    public Proposed proposeFromGit(HostName host, String url, List<String> domains, Tls tls) {
        if (url.contains("nothing")) {
            throw Problem.of(
                            ProblemCode.SOURCE_NOT_BUILDABLE,
                            "Croft does not know how to build this repository.",
                            "It has words only.",
                            "Add an index.html.")
                    .toException();
        }
        return app(Apps.nameFrom(url), url, domains, tls);
    }

    private static Proposed app(String name, String url, List<String> domains, Tls tls) {
        var source = new Source(Source.GIT, url, "main", null, null);
        return new Proposed(
                new AppName(name),
                AppSpec.of(source, new AppSpec.Build("static"), new AppSpec.Run(List.of(), 8088, Map.of()))
                        .answering(domains, tls));
    }

    private AppName put(HostName host, Proposed app) {
        apps.putDraft(host, app.name(), app.spec());
        return app.name();
    }
}

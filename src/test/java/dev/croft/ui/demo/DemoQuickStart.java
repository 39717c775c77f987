package dev.croft.ui.demo;

import dev.croft.apps.Apps;
import dev.croft.apps.QuickStart;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
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
        return put(host, entry, "https://git.example.org/" + entry + ".git", domains, tls);
    }

    @Override
    public AppName draftFromGit(HostName host, String url, List<String> domains, Tls tls) {
        return put(host, Apps.nameFrom(url), url, domains, tls);
    }

    private AppName put(HostName host, String name, String url, List<String> domains, Tls tls) {
        var app = new AppName(name);
        var source = new Source(Source.GIT, url, "main", null, null);
        apps.putDraft(
                host,
                app,
                AppSpec.of(source, new AppSpec.Build("static"), new AppSpec.Run(List.of(), 8088, Map.of()))
                        .answering(domains, tls));
        return app;
    }
}

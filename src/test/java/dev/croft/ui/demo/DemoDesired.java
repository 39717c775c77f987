package dev.croft.ui.demo;

import dev.croft.desired.AppSpec;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.RenderedState;
import dev.croft.desired.internal.InWords;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.Subscription;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.springframework.security.core.context.SecurityContextHolder;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

public class DemoDesired implements DesiredStates {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final DemoWorld world;

    DemoDesired(DemoWorld world) {
        this.world = world;
    }

    private static String who() {
        return SecurityContextHolder.getContext().getAuthentication().getName();
    }

    @Override
    public HostState draft(HostName host) {
        synchronized (world) {
            var all = new TreeMap<>(world.inForce);
            all.putAll(world.drafts);
            world.removals.forEach(all::remove);
            return new HostState(
                    HostState.VERSION, world.draftSettings == null ? world.settings : world.draftSettings, all);
        }
    }

    @Override
    public Optional<HostState> inForce(HostName host) {
        synchronized (world) {
            return Optional.of(new HostState(HostState.VERSION, world.settings, new TreeMap<>(world.inForce)));
        }
    }

    @Override
    public Changes changes(HostName host) {
        synchronized (world) {
            return new Changes(world.draftSettings, pending(host), new TreeSet<>(world.removals));
        }
    }

    @Override
    public HostState with(HostName host, Changes changes) {
        return draft(host);
    }

    @Override
    public void keepResolved(HostName host, AppName app, AppSpec resolved) {
        putApp(host, app, resolved);
    }

    @Override
    public AppSpec parseApp(String entry) {
        throw new UnsupportedOperationException("not needed by the screens");
    }

    @Override
    public Map<String, Object> entry(AppSpec spec) {
        throw new UnsupportedOperationException("not needed by the screens");
    }

    @Override
    public SortedMap<AppName, AppSpec> pending(HostName host) {
        synchronized (world) {
            return new TreeMap<>(world.drafts);
        }
    }

    @Override
    public void putApp(HostName host, AppName app, AppSpec spec) {
        synchronized (world) {
            world.drafts.put(app, spec);
            world.drafted(app, false, who());
        }
    }

    @Override
    public void putApp(HostName host, AppName app, AppSpec spec, String base) {
        putApp(host, app, spec);
    }

    @Override
    public void removeApp(HostName host, AppName app) {
        synchronized (world) {
            world.removals.add(app);
            world.drafted(app, true, who());
        }
    }

    @Override
    public void discard(HostName host, AppName app) {
        synchronized (world) {
            world.drafts.remove(app);
            world.removals.remove(app);
            world.forgetDraft(app);
        }
    }

    @Override
    public void putSettings(HostName host, HostSettings settings) {
        settings.validated();
        synchronized (world) {
            world.draftSettings = settings;
            world.drafted(null, false, who());
        }
    }

    @Override
    public void putSettings(HostName host, HostSettings settings, String base) {
        if (!digest(draft(host).host()).equals(base)) {
            throw Problem.of(
                            ProblemCode.CONFLICT,
                            "The settings were not saved.",
                            "Somebody changed them meanwhile.",
                            "Reload the page, look at what they are now, and try again.")
                    .toException();
        }
        putSettings(host, settings);
    }

    @Override
    public void discardSettings(HostName host) {
        synchronized (world) {
            world.draftSettings = null;
            world.forgetDraft(null);
        }
    }

    @Override
    public void discardAll(HostName host) {
        synchronized (world) {
            drafts(host).forEach(draft -> {
                if (draft.app() == null) {
                    discardSettings(host);
                } else {
                    discard(host, draft.app());
                }
            });
        }
    }

    @Override
    public List<Draft> drafts(HostName host) {
        return world.drafted();
    }

    @Override
    public List<Edit> edits(HostName host) {
        synchronized (world) {
            return edits(inForce(host).orElseThrow(), draft(host));
        }
    }

    @Override
    public List<Edit> edits(HostState before, HostState after) {
        return InWords.edits(before, after);
    }

    @Override
    public List<String> notes(HostState state) {
        return List.of();
    }

    @Override
    public HostSettings parseSettings(String settings) {
        throw new UnsupportedOperationException("not needed by the screens");
    }

    @Override
    public Map<String, Object> entry(HostSettings settings) {
        throw new UnsupportedOperationException("not needed by the screens");
    }

    @Override
    public String digest(AppSpec spec) {
        return digestOf(spec);
    }

    static String digestOf(Object settings) {
        return Integer.toHexString(settings.hashCode());
    }

    @Override
    public String digest(HostSettings settings) {
        return digestOf(settings);
    }

    @Override
    public Optional<String> inForceAt(HostName host) {
        return Optional.empty();
    }

    @Override
    public HostState refresh(HostName host) {
        world.requireReachable();
        return inForce(host).orElseThrow();
    }

    /** The file, as far as the screens look into it. */
    private record File(SortedMap<String, AppSpec> apps, HostSettings host, int version) {}

    @Override
    public RenderedState render(HostState state) {
        var apps = new TreeMap<String, AppSpec>();
        state.apps().forEach((name, spec) -> apps.put(name.value(), spec));
        return new RenderedState(
                JSON.writeValueAsString(new File(apps, state.host(), state.version())) + "\n", "0".repeat(64));
    }

    @Override
    public HostState parse(String text) {
        File file = JSON.readValue(text, File.class);
        var apps = new TreeMap<AppName, AppSpec>();
        file.apps().forEach((name, spec) -> apps.put(new AppName(name), spec));
        return new HostState(file.version(), file.host(), apps);
    }

    @Override
    public Subscription watch(HostName host, Runnable listener) {
        return world.watchDrafts(listener);
    }
}

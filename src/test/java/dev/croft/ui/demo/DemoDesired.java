package dev.croft.ui.demo;

import dev.croft.desired.AppSpec;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.desired.RenderedState;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Subscription;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

public class DemoDesired implements DesiredStates {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final DemoWorld world;

    DemoDesired(DemoWorld world) {
        this.world = world;
    }

    @Override
    public HostState draft(HostName host) {
        synchronized (world) {
            var all = new TreeMap<>(world.inForce);
            all.putAll(world.drafts);
            return state(all);
        }
    }

    private static HostState state(SortedMap<AppName, AppSpec> apps) {
        return new HostState(HostState.VERSION, HostState.HostSettings.of("attic", "26.05", "Europe/Paris"), apps);
    }

    @Override
    public Optional<HostState> inForce(HostName host) {
        synchronized (world) {
            return Optional.of(state(new TreeMap<>(world.inForce)));
        }
    }

    @Override
    public Changes changes(HostName host) {
        return new Changes(null, pending(host), new TreeSet<>());
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
        }
    }

    @Override
    public void putApp(HostName host, AppName app, AppSpec spec, String base) {
        putApp(host, app, spec);
    }

    @Override
    public void removeApp(HostName host, AppName app) {
        discard(host, app);
    }

    @Override
    public void discard(HostName host, AppName app) {
        synchronized (world) {
            world.drafts.remove(app);
        }
    }

    @Override
    public void putSettings(HostName host, HostState.HostSettings settings) {}

    @Override
    public void putSettings(HostName host, HostState.HostSettings settings, String base) {
        putSettings(host, settings);
    }

    @Override
    public void discardSettings(HostName host) {}

    @Override
    public void discardAll(HostName host) {}

    @Override
    public List<Draft> drafts(HostName host) {
        return List.of();
    }

    @Override
    public List<Edit> edits(HostName host) {
        return List.of();
    }

    @Override
    public List<Edit> edits(HostState before, HostState after) {
        return List.of();
    }

    @Override
    public List<String> notes(HostState state) {
        return List.of();
    }

    @Override
    public HostState.HostSettings parseSettings(String settings) {
        throw new UnsupportedOperationException("not needed by the screens");
    }

    @Override
    public Map<String, Object> entry(HostState.HostSettings settings) {
        throw new UnsupportedOperationException("not needed by the screens");
    }

    @Override
    public String digest(AppSpec spec) {
        return Integer.toHexString(spec.hashCode());
    }

    @Override
    public String digest(HostState.HostSettings settings) {
        return Integer.toHexString(settings.hashCode());
    }

    @Override
    public Subscription watch(HostName host, Runnable listener) {
        return () -> {};
    }

    @Override
    public HostState refresh(HostName host) {
        world.requireReachable();
        synchronized (world) {
            return state(new TreeMap<>(world.inForce));
        }
    }

    @Override
    public RenderedState render(HostState state) {
        var apps = new TreeMap<String, AppSpec>();
        state.apps().forEach((name, spec) -> apps.put(name.value(), spec));
        record File(TreeMap<String, AppSpec> apps, HostState.HostSettings host, int version) {}
        return new RenderedState(
                JSON.writeValueAsString(new File(apps, state.host(), state.version())) + "\n", "0".repeat(64));
    }

    @Override
    public HostState parse(String text) {
        throw new UnsupportedOperationException("not needed by the screens");
    }
}

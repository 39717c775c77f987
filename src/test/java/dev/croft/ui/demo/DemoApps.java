package dev.croft.ui.demo;

import dev.croft.apps.App;
import dev.croft.apps.Apps;
import dev.croft.apps.Deployment;
import dev.croft.desired.AppSpec;
import dev.croft.hostlink.HostCommand.Action;
import dev.croft.hostlink.HostCommand.Candidate;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.operations.Operation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContextHolder;

public class DemoApps implements Apps {

    private final DemoWorld world;

    DemoApps(DemoWorld world) {
        this.world = world;
    }

    @Override
    public List<App> list(HostName host) {
        synchronized (world) {
            var all = new TreeMap<>(world.inForce);
            all.putAll(world.drafts);
            return all.keySet().stream().map(name -> get(host, name)).toList();
        }
    }

    @Override
    public App get(HostName host, AppName app) {
        synchronized (world) {
            AppSpec spec = world.drafts.getOrDefault(app, world.inForce.get(app));
            if (spec == null) {
                throw Problem.of(
                                ProblemCode.NOT_FOUND,
                                "There is no app called " + app + ".",
                                "It may have been removed, or the name is mistyped.",
                                "Look at the Apps page for those there are.")
                        .toException();
            }
            boolean deployed = world.inForce.containsKey(app);
            String state = !deployed
                    ? "not deployed"
                    : !world.isReachable() ? "unknown" : world.states.getOrDefault(app, "running");
            String url = !deployed
                    ? null
                    : spec.domains().isEmpty()
                            ? spec.run().port() == null
                                    ? null
                                    : "http://10.213.7.2:" + spec.run().port() + "/"
                            : "http://" + spec.domains().getFirst() + "/";
            return new App(
                    host,
                    app,
                    spec,
                    world.drafts.containsKey(app),
                    new App.Observed(
                            state,
                            deployed ? world.since.get(app) : null,
                            world.lastSeen(),
                            url,
                            world.deployment(app).orElse(null),
                            "service"));
        }
    }

    @Override
    public Inspection inspect(HostName host, String url, @Nullable String ref) {
        world.requireReachable();
        if (url.contains("unreachable")) {
            throw Problem.of(
                            ProblemCode.SOURCE_UNREACHABLE,
                            "The repository was not read.",
                            "git could not reach " + url + ": Could not resolve host.",
                            "Check the address, and that the box may reach it.")
                    .withDetail("fatal: unable to access '" + url + "/': Could not resolve host")
                    .toException();
        }
        if ("nope".equals(ref)) {
            throw Problem.of(
                            ProblemCode.SOURCE_REF_NOT_FOUND,
                            "The repository was not read.",
                            "It has no branch, tag or commit called \"nope\".",
                            "Correct the name, or leave it empty for the default branch.")
                    .toException();
        }
        boolean nothing = url.contains("nothing");
        return new Inspection(
                url,
                ref == null ? "main" : ref,
                DemoWorld.REV,
                "sha256-" + "B".repeat(43) + "=",
                world.now().minus(Duration.ofHours(3)),
                nothing ? null : "python",
                nothing
                        ? "It has no flake.nix, package.json, pyproject.toml or index.html."
                        : "pyproject.toml names a project with a script.",
                nothing ? List.of() : List.of(new Candidate("static", "public/ has an index.html.")),
                nothing ? null : 8000,
                nothing ? null : List.of("guestbook"));
    }

    @Override
    public App putDraft(HostName host, AppName app, AppSpec spec, String base) {
        if (!DemoDesired.digestOf(get(host, app).spec()).equals(base)) {
            throw Problem.of(
                            ProblemCode.CONFLICT,
                            "The app was not saved.",
                            "Somebody changed it meanwhile.",
                            "Reload the page, look at what it is now, and try again.")
                    .toException();
        }
        return putDraft(host, app, spec);
    }

    @Override
    public List<Deployment> deployments(HostName host, AppName app) {
        return world.operations().stream()
                .filter(each -> app.equals(each.app()))
                .map(each -> new Deployment(
                        each.id(),
                        each.kind(),
                        each.generation(),
                        revision(each, app),
                        null,
                        each.finishedAt() == null ? each.createdAt() : each.finishedAt(),
                        each.requestedBy(),
                        each.state(),
                        world.deployment(app).filter(each.id()::equals).isPresent(),
                        world.snapshots().stream()
                                .filter(kept -> kept.app().equals(app)
                                        && String.valueOf(kept.rev()).equals(revision(each, app)))
                                .findFirst()
                                .orElse(null)))
                .toList();
    }

    private static @Nullable String revision(Operation operation, AppName app) {
        return operation.result().get("apps") instanceof Map<?, ?> apps
                        && apps.get(app.value()) instanceof Map<?, ?> entry
                        && entry.get("rev") instanceof String rev
                ? rev
                : null;
    }

    @Override
    public App putDraft(HostName host, AppName app, AppSpec spec) {
        if (spec.run().port() != null && spec.run().port() > 65535) {
            throw refused("run.port", "it lies between 1 and 65535.");
        }
        if (spec.domains().stream().anyMatch(each -> !each.matches("[a-z0-9.-]+"))) {
            throw refused(
                    "domains.0", "it is a domain name in lower case, at most 253 characters, without scheme or path.");
        }
        spec.run().env().keySet().stream()
                .filter(key -> !key.matches("[A-Za-z_][A-Za-z0-9_]*"))
                .findFirst()
                .ifPresent(key -> {
                    throw refused(
                            "run.env." + key,
                            "a variable's name has letters, digits and underscores, and does not begin with a digit.");
                });
        if (spec.attach().mail() != null && spec.attach().mail().from().isEmpty()) {
            throw refused("attach.mail.from", "there are 1 to 16 addresses as which the app sends.");
        }
        spec.run().secrets().forEach((secret, delivery) -> {
            if (delivery.inGit() != null && delivery.inGit().file().startsWith(".")) {
                throw refused("run.secrets." + secret + ".sops.file", "it is the path of a file in the box's flake.");
            }
        });
        synchronized (world) {
            if (spec.equals(world.inForce.get(app))) {
                world.drafts.remove(app);
                world.forgetDraft(app);
            } else {
                world.drafts.put(app, spec);
                world.drafted(
                        app,
                        false,
                        SecurityContextHolder.getContext().getAuthentication().getName());
            }
            return get(host, app);
        }
    }

    private static RuntimeException refused(String field, String why) {
        return Problem.of(
                        ProblemCode.INVALID_INPUT,
                        "The app's entry was not accepted.",
                        field + ": " + why,
                        "Correct this field and try again.")
                .toException();
    }

    @Override
    public void removeDraft(HostName host, AppName app) {
        synchronized (world) {
            world.drafts.remove(app);
            world.forgetDraft(app);
        }
    }

    @Override
    public App control(HostName host, AppName app, Action action) {
        world.requireReachable();
        synchronized (world) {
            world.states.put(app, action == Action.STOP ? "stopped" : "running");
            world.since.put(app, world.now());
            return get(host, app);
        }
    }
}

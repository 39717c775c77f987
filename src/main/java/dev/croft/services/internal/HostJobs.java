package dev.croft.services.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand.Execute;
import dev.croft.hostlink.HostCommand.Exit;
import dev.croft.hostlink.HostCommand.JobState;
import dev.croft.hostlink.HostCommand.ReadJobs;
import dev.croft.hostlink.HostCommand.RunJob;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.services.Jobs;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** Jobs and commands, which the box runs. */
@Service
class HostJobs implements Jobs {

    private static final Logger log = LoggerFactory.getLogger(HostJobs.class);

    private static final int WORDS_MOST = 64;
    private static final int WORD_MOST = 65_536;
    private static final int SECONDS_MOST = 3600;

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final CurrentOperator current;
    private final Sight sight;

    HostJobs(Hosts hosts, HostLink link, DesiredStates desired, CurrentOperator current, Sight sight) {
        this.sight = sight;
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.current = current;
    }

    @Override
    public List<JobState> list(HostName host, @Nullable AppName app) {
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        return link.call(hosts.get(host).endpoint(), new ReadJobs(app)).stream()
                .filter(job -> mine.test(Scope.of(host, job.app())))
                .toList();
    }

    @Override
    public JobState run(HostName name, AppName app, String job) {
        Host host = hosts.get(name);
        Requests.requireInForce(desired, name, app);
        boolean known = desired.inForce(name)
                .map(state -> state.apps().get(app).jobs().containsKey(job))
                .orElse(false);
        if (!known) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "The job was not started.",
                            app + " has no job of this name that is in force.",
                            "Deploy the app when the job is new.")
                    .toException();
        }
        return link.call(host.endpoint(), new RunJob(app, job));
    }

    @Override
    public Subscription execute(
            HostName name,
            AppName app,
            List<String> command,
            int timeoutSeconds,
            Consumer<HostReply.Line> onLine,
            Consumer<Exit> onExit,
            Consumer<Problem> onProblem) {
        String what = "The command was not run.";
        Host host = hosts.get(name);
        Requests.requireInForce(desired, name, app);
        Requests.require(
                !command.isEmpty() && command.size() <= WORDS_MOST,
                what,
                "command: it has 1 to " + WORDS_MOST + " words, the program first.");
        Requests.require(
                command.stream().allMatch(word -> word.length() <= WORD_MOST && word.indexOf('\0') < 0)
                        && !command.getFirst().isEmpty(),
                what,
                "command: a word has at most " + WORD_MOST + " characters and no NUL, and the program has a name.");
        Requests.require(
                timeoutSeconds >= 1 && timeoutSeconds <= SECONDS_MOST,
                what,
                "timeoutSeconds: it lies between 1 and " + SECONDS_MOST + ".");
        log.info("{} runs {} as {} on {}", current.get().name(), command.getFirst(), app, name);
        HostCall<Exit> call = link.open(host.endpoint(), new Execute(app, command, timeoutSeconds), reply -> {
            if (reply instanceof HostReply.Line line) {
                onLine.accept(line);
            }
        });
        call.result().whenComplete((exit, failure) -> {
            if (failure == null) {
                onExit.accept(exit);
            } else {
                onProblem.accept(problem(failure));
            }
        });
        return call::close;
    }

    private static Problem problem(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ProblemException known
                ? known.problem()
                : Problem.of(
                        ProblemCode.INTERNAL,
                        "What came of the command is not known.",
                        "Something happened that the console was not prepared for.",
                        "Look at the app's log, then try again.");
    }
}

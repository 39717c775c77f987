package dev.croft.hostlink.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Action;
import dev.croft.hostlink.HostCommand.Apply;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.Cancel;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Control;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.Follow;
import dev.croft.hostlink.HostCommand.Inspect;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.ListGenerations;
import dev.croft.hostlink.HostCommand.ListOperations;
import dev.croft.hostlink.HostCommand.Plan;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.hostlink.HostCommand.ReadState;
import dev.croft.hostlink.HostCommand.RollBack;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.hostlink.HostCommand.Units;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.Measurement;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FrameCodecTest {

    private static final OperationId OPERATION = new OperationId("01jd0000000000000000000000");
    private static final AppName BLOG = new AppName("blog");
    private static final String BACKUP = "b".repeat(64);
    private static final Author ANNA = new Author("Anna", "anna@example.org");

    private final FrameCodec codec = new FrameCodec();

    @Nested
    class Requests {

        static Stream<Arguments> everyCommand() {
            return Stream.of(
                    Arguments.of(new Probe(), "{'type':'probe'}"),
                    Arguments.of(new ReadState(null), "{'type':'state'}"),
                    Arguments.of(new HostCommand.ReadBackups(), "{'type':'backups'}"),
                    Arguments.of(
                            new HostCommand.ListBackups("cellar", null), "{'type':'backup-list','target':'cellar'}"),
                    Arguments.of(
                            new HostCommand.ReadComparison(BLOG, "s"),
                            "{'type':'restore-compared','app':'blog','snapshot':'s'}"),
                    Arguments.of(
                            new HostCommand.ListBackups("cellar", BLOG),
                            "{'type':'backup-list','target':'cellar','app':'blog'}"),
                    Arguments.of(
                            new HostCommand.RunBackup(OPERATION, null, ANNA),
                            "{'type':'backup-run','operation':'01jd0000000000000000000000','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.RunBackup(OPERATION, "cellar", ANNA),
                            "{'type':'backup-run','operation':'01jd0000000000000000000000','target':'cellar','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.RestoreBackup(
                                    OPERATION, "cellar", BACKUP, BLOG, HostCommand.RestoreMode.SIDE, ANNA),
                            "{'type':'backup-restore','operation':'01jd0000000000000000000000','target':'cellar','snapshot':'"
                                    + BACKUP
                                    + "','app':'blog','mode':'side','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.TestRestore(OPERATION, "cellar", ANNA),
                            "{'type':'restore-test','operation':'01jd0000000000000000000000','target':'cellar','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.DiscardRestore(BLOG, BACKUP),
                            "{'type':'restore-discard','app':'blog','snapshot':'" + BACKUP + "'}"),
                    Arguments.of(
                            new HostCommand.UndoRestore(OPERATION, BLOG, "01jd0000000000000000000001", ANNA),
                            "{'type':'restore-undo','operation':'01jd0000000000000000000000','app':'blog','snapshot':'01jd0000000000000000000001','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.RestoreMail(
                                    OPERATION, "cellar", BACKUP, HostCommand.RestoreMode.SWAP, List.of(), ANNA),
                            "{'type':'mail-restore','operation':'01jd0000000000000000000000','target':'cellar','snapshot':'"
                                    + BACKUP
                                    + "','mode':'swap','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.RestoreMail(
                                    OPERATION,
                                    "cellar",
                                    BACKUP,
                                    HostCommand.RestoreMode.SIDE,
                                    List.of("ada@attic.example"),
                                    ANNA),
                            "{'type':'mail-restore','operation':'01jd0000000000000000000000','target':'cellar','snapshot':'"
                                    + BACKUP
                                    + "','mode':'side','mailboxes':['ada@attic.example'],'author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.UndoMailRestore(OPERATION, "01jd0000000000000000000001", ANNA),
                            "{'type':'mail-restore-undo','operation':'01jd0000000000000000000000','id':'01jd0000000000000000000001','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.ReadMailComparison("01jd0000000000000000000001"),
                            "{'type':'mail-restore-compared','id':'01jd0000000000000000000001'}"),
                    Arguments.of(
                            new HostCommand.DropMailCopy("01jd0000000000000000000001"),
                            "{'type':'mail-restore-drop','id':'01jd0000000000000000000001'}"),
                    Arguments.of(
                            new HostCommand.DropReplaced(BLOG, "01jd0000000000000000000001"),
                            "{'type':'replaced-drop','app':'blog','snapshot':'01jd0000000000000000000001'}"),
                    Arguments.of(
                            new HostCommand.ReadSshKeys("depot.example", 2222),
                            "{'type':'ssh-keys','host':'depot.example','port':2222}"),
                    Arguments.of(
                            new HostCommand.ReadSshKeys("depot.example", null),
                            "{'type':'ssh-keys','host':'depot.example'}"),
                    Arguments.of(new HostCommand.ListAutomatic(), "{'type':'operations','automatic':true}"),
                    Arguments.of(
                            new Inspect("https://git.example/blog", null),
                            "{'type':'inspect','url':'https://git.example/blog'}"),
                    Arguments.of(
                            new Inspect("https://git.example/blog", "v1"),
                            "{'type':'inspect','url':'https://git.example/blog','ref':'v1'}"),
                    Arguments.of(
                            new Plan(OPERATION, "{}\n", null, ANNA, "blog: add"),
                            "{'type':'plan','operation':'01jd0000000000000000000000','state':'{}\\n','author':{'name':'Anna','email':'anna@example.org'},'message':'blog: add'}"),
                    Arguments.of(
                            new Apply(OPERATION, "{}\n", null, ANNA, "blog: add", null, Confirming.DEFAULT, List.of()),
                            "{'type':'apply','operation':'01jd0000000000000000000000','state':'{}\\n','author':{'name':'Anna','email':'anna@example.org'},'message':'blog: add'}"),
                    Arguments.of(
                            new Apply(
                                    OPERATION,
                                    "{}\n",
                                    null,
                                    ANNA,
                                    "blog: add",
                                    "/nix/store/x",
                                    Confirming.DEFAULT,
                                    List.of()),
                            "{'type':'apply','operation':'01jd0000000000000000000000','state':'{}\\n','author':{'name':'Anna','email':'anna@example.org'},'message':'blog: add','expect':'/nix/store/x'}"),
                    Arguments.of(
                            new Plan(OPERATION, "{}\n", "c".repeat(40), ANNA, "m"),
                            "{'type':'plan','operation':'01jd0000000000000000000000','state':'{}\\n','base':'cccccccccccccccccccccccccccccccccccccccc','author':{'name':'Anna','email':'anna@example.org'},'message':'m'}"),
                    Arguments.of(
                            new RollBack(OPERATION, null, ANNA, false, Confirming.DEFAULT),
                            "{'type':'rollback','operation':'01jd0000000000000000000000','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new RollBack(OPERATION, 7, ANNA, false, Confirming.DEFAULT),
                            "{'type':'rollback','operation':'01jd0000000000000000000000','generation':7,'author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new Apply(
                                    OPERATION,
                                    "{}\n",
                                    null,
                                    ANNA,
                                    "m",
                                    null,
                                    new Confirming(true, 90),
                                    List.of(new HostCommand.Restore(BLOG, "01jd0000000000000000000001"))),
                            "{'type':'apply','operation':'01jd0000000000000000000000','state':'{}\\n','author':{'name':'Anna','email':'anna@example.org'},'message':'m','confirm':'manual','confirmWithin':90,'restore':[{'app':'blog','snapshot':'01jd0000000000000000000001'}]}"),
                    Arguments.of(
                            new RollBack(OPERATION, 7, ANNA, true, new Confirming(false, 15)),
                            "{'type':'rollback','operation':'01jd0000000000000000000000','generation':7,'author':{'name':'Anna','email':'anna@example.org'},'data':true,'confirmWithin':15}"),
                    Arguments.of(new ReadState(4), "{'type':'state','generation':4}"),
                    Arguments.of(
                            new HostCommand.Confirm(OPERATION),
                            "{'type':'confirm','operation':'01jd0000000000000000000000'}"),
                    Arguments.of(
                            new HostCommand.Reconcile(
                                    OPERATION,
                                    HostCommand.DriftedThing.FLAKE,
                                    HostCommand.Reconciliation.ADOPT,
                                    ANNA,
                                    Confirming.DEFAULT),
                            "{'type':'reconcile','operation':'01jd0000000000000000000000','what':'flake','action':'adopt','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.CollectGarbage(OPERATION, "d1", List.of(2, 3), 5, ANNA),
                            "{'type':'gc','operation':'01jd0000000000000000000000','digest':'d1','deleteGenerations':[2,3],'keepGenerations':5,'author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(new HostCommand.PlanGarbage(List.of(), null), "{'type':'gc-plan'}"),
                    Arguments.of(
                            new HostCommand.PlanGarbage(List.of(2), 5),
                            "{'type':'gc-plan','deleteGenerations':[2],'keepGenerations':5}"),
                    Arguments.of(new HostCommand.Compare(null, 7), "{'type':'compare','to':7}"),
                    Arguments.of(new HostCommand.Compare(3, 7), "{'type':'compare','from':3,'to':7}"),
                    Arguments.of(new HostCommand.Mark(7, true, null), "{'type':'mark','generation':7,'pinned':true}"),
                    Arguments.of(new HostCommand.Mark(7, null, ""), "{'type':'mark','generation':7,'label':''}"),
                    Arguments.of(new HostCommand.ListSnapshots(null), "{'type':'snapshots'}"),
                    Arguments.of(new HostCommand.ListSnapshots(BLOG), "{'type':'snapshots','app':'blog'}"),
                    Arguments.of(new HostCommand.ReadDisk(), "{'type':'disk'}"),
                    Arguments.of(new HostCommand.ReadDatabases(), "{'type':'databases'}"),
                    Arguments.of(
                            new HostCommand.DropDatabase(Engine.POSTGRESQL, "stall"),
                            "{'type':'database-drop','engine':'postgresql','database':'stall'}"),
                    Arguments.of(
                            new HostCommand.RenewDatabasePassword(Engine.MYSQL, BLOG),
                            "{'type':'database-password-renew','engine':'mysql','app':'blog'}"),
                    Arguments.of(
                            new HostCommand.RunSql(Engine.MYSQL, "shop", "SELECT 1", false, 100, 10),
                            "{'type':'sql','engine':'mysql','database':'shop','text':'SELECT 1','write':false,'rows':100,'timeoutSeconds':10}"),
                    Arguments.of(
                            new HostCommand.Upgrade(OPERATION, "{}\n", null, ANNA, "Upgrade", new Confirming(true, 90)),
                            "{'type':'upgrade','operation':'01jd0000000000000000000000','state':'{}\\n','author':{'name':'Anna','email':'anna@example.org'},'message':'Upgrade','confirm':'manual','confirmWithin':90}"),
                    Arguments.of(
                            new HostCommand.DropCluster(Engine.POSTGRESQL, 15),
                            "{'type':'cluster-drop','engine':'postgresql','major':15}"),
                    Arguments.of(new HostCommand.ReadOrder(), "{'type':'order'}"),
                    Arguments.of(new HostCommand.ReadJobs(null), "{'type':'jobs'}"),
                    Arguments.of(new HostCommand.ReadJobs(BLOG), "{'type':'jobs','app':'blog'}"),
                    Arguments.of(
                            new HostCommand.RunJob(BLOG, "nightly"), "{'type':'job-run','app':'blog','job':'nightly'}"),
                    Arguments.of(
                            new HostCommand.Execute(BLOG, List.of("echo", "a b"), 60),
                            "{'type':'exec','app':'blog','command':['echo','a b'],'timeoutSeconds':60}"),
                    Arguments.of(new HostCommand.ReadStorage(BLOG), "{'type':'storage','app':'blog'}"),
                    Arguments.of(new HostCommand.ReadLeftData(), "{'type':'data-list'}"),
                    Arguments.of(
                            new HostCommand.DropLeftData(HostCommand.LeftKind.APP, BLOG, null),
                            "{'type':'data-drop','kind':'app','app':'blog'}"),
                    Arguments.of(
                            new HostCommand.DropLeftData(HostCommand.LeftKind.VOLUME, BLOG, "uploads"),
                            "{'type':'data-drop','kind':'volume','app':'blog','volume':'uploads'}"),
                    Arguments.of(
                            new HostCommand.Browse(BLOG, "storage/files"),
                            "{'type':'browse','app':'blog','path':'storage/files'}"),
                    Arguments.of(
                            new HostCommand.ReadFile(BLOG, "storage/files/a.txt", 12),
                            "{'type':'read-file','app':'blog','path':'storage/files/a.txt','offset':12}"),
                    Arguments.of(new HostCommand.FindDrift(false), "{'type':'drift'}"),
                    Arguments.of(new HostCommand.FindDrift(true), "{'type':'drift','evaluate':true}"),
                    Arguments.of(new ListOperations(null), "{'type':'operations'}"),
                    Arguments.of(
                            new ListOperations(OPERATION),
                            "{'type':'operations','operation':'01jd0000000000000000000000'}"),
                    Arguments.of(
                            new Follow(OPERATION, null), "{'type':'follow','operation':'01jd0000000000000000000000'}"),
                    Arguments.of(
                            new Follow(OPERATION, "s=1"),
                            "{'type':'follow','operation':'01jd0000000000000000000000','after':'s=1'}"),
                    Arguments.of(new Cancel(OPERATION), "{'type':'cancel','operation':'01jd0000000000000000000000'}"),
                    Arguments.of(new ListGenerations(), "{'type':'generations'}"),
                    Arguments.of(
                            new Units(List.of(BLOG, new AppName("shop"))), "{'type':'units','apps':['blog','shop']}"),
                    Arguments.of(
                            new Control(BLOG, Action.RESTART), "{'type':'control','app':'blog','action':'restart'}"),
                    Arguments.of(new HostCommand.WatchUnits(), "{'type':'unit-states'}"),
                    Arguments.of(new HostCommand.Metrics(5), "{'type':'metrics','interval':5}"),
                    Arguments.of(new Journal(BLOG, null, null, 200, false), "{'type':'journal','app':'blog'}"),
                    Arguments.of(
                            new Journal(null, "croft-hostd.service", "s=1", 10, true),
                            "{'type':'journal','unit':'croft-hostd.service','after':'s=1','lines':10,'follow':true}"),
                    Arguments.of(
                            new Journal(
                                    null,
                                    "ssh*",
                                    null,
                                    200,
                                    false,
                                    new HostCommand.JournalFilter(
                                            true,
                                            "s=2",
                                            null,
                                            true,
                                            "(a|b)",
                                            true,
                                            3,
                                            -1,
                                            Instant.parse("2026-05-04T12:00:00Z"),
                                            Instant.parse("2026-05-04T12:00:00.123456789Z"),
                                            true)),
                            "{'type':'journal','unit':'ssh*','host':true,'before':'s=2','oldest':true,'search':'(a|b)','regex':true,'priority':3,'boot':-1,'since':'2026-05-04T12:00:00Z','until':'2026-05-04T12:00:00.123456Z','colours':true}"),
                    Arguments.of(
                            new HostCommand.PutSecret(SecretOwner.of(BLOG), "API_KEY", SecretText.of("c2VjcmV0"), true),
                            "{'type':'secret-put','app':'blog','name':'API_KEY','value':'c2VjcmV0','restart':true}"),
                    Arguments.of(
                            new HostCommand.PutSecret(
                                    SecretOwner.ofService("mail"), "RELAY", SecretText.of("c2VjcmV0"), false),
                            "{'type':'secret-put','service':'mail','name':'RELAY','value':'c2VjcmV0'}"),
                    Arguments.of(
                            new HostCommand.RemoveSecret(SecretOwner.of(BLOG), "API_KEY"),
                            "{'type':'secret-remove','app':'blog','name':'API_KEY'}"),
                    Arguments.of(new HostCommand.ListSecrets(), "{'type':'secrets'}"),
                    Arguments.of(new HostCommand.ListCertificates(), "{'type':'certificates'}"),
                    Arguments.of(
                            new HostCommand.CheckCertificate("blog.example"),
                            "{'type':'certificate-check','domain':'blog.example'}"),
                    Arguments.of(
                            new HostCommand.RenewCertificate("blog.example"),
                            "{'type':'certificate-renew','name':'blog.example'}"),
                    Arguments.of(
                            new HostCommand.RemoveCertificate("blog.example"),
                            "{'type':'certificate-remove','name':'blog.example'}"),
                    Arguments.of(
                            new HostCommand.PutCertificate("blog.example", "PEM", SecretText.of("a2V5")),
                            "{'type':'certificate-put','name':'blog.example','chain':'PEM','key':'a2V5'}"),
                    Arguments.of(new HostCommand.ReadPorts(), "{'type':'ports'}"),
                    Arguments.of(new HostCommand.ReadMail(), "{'type':'mail'}"),
                    Arguments.of(new HostCommand.ReadMailRecords(), "{'type':'mail-dns'}"),
                    Arguments.of(new HostCommand.ReadMailQueue(), "{'type':'mail-queue'}"),
                    Arguments.of(
                            new HostCommand.ActOnMailQueue(HostCommand.QueueAction.RETRY, null),
                            "{'type':'mail-queue-act','action':'retry'}"),
                    Arguments.of(
                            new HostCommand.ActOnMailQueue(HostCommand.QueueAction.DELETE, "4QxYz1"),
                            "{'type':'mail-queue-act','action':'delete','id':'4QxYz1'}"),
                    Arguments.of(
                            new HostCommand.TestMail("ada@elsewhere.example", null),
                            "{'type':'mail-test','to':'ada@elsewhere.example'}"),
                    Arguments.of(
                            new HostCommand.TestMail("ada@elsewhere.example", BLOG),
                            "{'type':'mail-test','to':'ada@elsewhere.example','app':'blog'}"),
                    Arguments.of(
                            new HostCommand.SetMailPassword("ada@attic.example", SecretText.of("c2VjcmV0IQ==")),
                            "{'type':'mail-password','mailbox':'ada@attic.example','value':'c2VjcmV0IQ=='}"),
                    Arguments.of(
                            new HostCommand.DropMailbox("bob@attic.example"),
                            "{'type':'mailbox-drop','mailbox':'bob@attic.example'}"),
                    Arguments.of(new HostCommand.ReadClosure(null, 0), "{'type':'closure'}"),
                    Arguments.of(
                            new HostCommand.ReadClosure(BLOG, 1200), "{'type':'closure','app':'blog','from':1200}"),
                    Arguments.of(new HostCommand.ReadIdentity(BLOG), "{'type':'closure','app':'blog','identity':true}"),
                    Arguments.of(
                            new HostCommand.Verify(OPERATION, null, ANNA),
                            "{'type':'verify','operation':'01jd0000000000000000000000','author':{'name':'Anna','email':'anna@example.org'}}"),
                    Arguments.of(
                            new HostCommand.Verify(OPERATION, BLOG, ANNA),
                            "{'type':'verify','operation':'01jd0000000000000000000000','app':'blog','author':{'name':'Anna','email':'anna@example.org'}}"));
        }

        @ParameterizedTest
        @MethodSource("everyCommand")
        void isOneLineOfJson(HostCommand<?> command, String expected) {
            assertThat(new String(codec.request(command), UTF_8)).isEqualTo(json(expected) + "\n");
        }

        @Test
        void helloNamesProtocolAndClient() {
            assertThat(new String(codec.hello("croft/0.1.0"), UTF_8))
                    .isEqualTo(json("{'type':'hello','protocol':1,'client':'croft/0.1.0'}") + "\n");
        }

        @Test
        void everyCommandHasItsExample() {
            // A new command without an example here would go out untested.
            Set<Class<?>> shown = casesOf(HostCommand.class).collect(java.util.stream.Collectors.toSet());
            everyCommand().map(example -> example.get()[0].getClass()).forEach(shown::remove);

            assertThat(shown).isEmpty();
        }

        private static Stream<Class<?>> casesOf(Class<?> type) {
            return type.isSealed()
                    ? Stream.of(type.getPermittedSubclasses()).flatMap(Requests::casesOf)
                    : Stream.of(type);
        }

        @Test
        void refusesWhatIsLongerThanABoxTakes() {
            String tooLong = "x".repeat(FrameCodec.MAX_SENT);

            assertProblem(
                            ProblemCode.BAD_REQUEST,
                            () -> codec.request(new Apply(
                                    OPERATION, tooLong, null, ANNA, "m", null, Confirming.DEFAULT, List.of())))
                    .contains("at most 8388608");
        }

        @Test
        void aStateOfFourMebibytesFits() {
            String state = "é".repeat(2 * 1024 * 1024);

            assertThat(codec.request(new Apply(OPERATION, state, null, ANNA, "m", null, Confirming.DEFAULT, List.of())))
                    .hasSizeBetween(4 * 1024 * 1024, FrameCodec.MAX_SENT);
        }
    }

    /** Text of all kinds must arrive unharmed, in both directions. */
    @Nested
    class Unicode {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "\u0000",
                    "a\u0000b\u001b[31m\r\n\t\u007f",
                    "\u2028\u2029\u0085\ufeff\ufffd\uffff",
                    "é e\u0301 日本語 العربية 👩‍👩‍👧 \ud83d\ude00",
                    "\ud83d",
                    "\ude00\ud83d",
                    "a\ud83d\ud83d\ude00\ude00z",
                    "\"\\/'$(id)`id`${x}\n--\n"
                })
        void travelsUnharmed(String text) {
            assertThat(sentAndParsed(text)).isEqualTo(text);
            assertThat(received(text)).isEqualTo(text);
        }

        @RepeatedTest(200)
        void anyTextTravelsUnharmed() {
            long seed = System.nanoTime();
            var random = new Random(seed);
            var text = new StringBuilder();
            int length = random.nextInt(200);
            for (int i = 0; i < length; i++) {
                // Mostly what is special: controls, quotes, surrogates; sometimes anything.
                text.append(
                        switch (random.nextInt(5)) {
                            case 0 -> (char) random.nextInt(0x20);
                            case 1 -> (char) (0xd800 + random.nextInt(0x800));
                            case 2 -> "\"\\\n\u2028".charAt(random.nextInt(4));
                            case 3 -> (char) ('a' + random.nextInt(26));
                            default -> (char) random.nextInt(0x10000);
                        });
            }

            assertThat(sentAndParsed(text.toString())).as("seed %d", seed).isEqualTo(text.toString());
            assertThat(received(text.toString())).as("seed %d", seed).isEqualTo(text.toString());
        }

        private String sentAndParsed(String text) {
            byte[] frame = codec.request(new Inspect(text, null));
            assertThat(frame).endsWith((byte) '\n');
            assertThat(new String(frame, UTF_8).indexOf('\n')).isEqualTo(new String(frame, UTF_8).length() - 1);
            return JsonMapper.shared()
                    .readTree(new String(frame, UTF_8))
                    .get("url")
                    .stringValue();
        }

        private String received(String text) {
            // All escapes, as another writer may send it.
            var escaped = new StringBuilder();
            text.chars().forEach(c -> escaped.append(String.format("\\u%04x", c)));
            var frame = (Frame.Reply) codec.decode(
                    json("{'type':'line','cursor':'c','time':'2026-11-21T03:00:00.123456Z','priority':6,'text':'"
                                    + escaped + "'}")
                            .getBytes(UTF_8));
            return ((HostReply.Line) frame.reply()).text();
        }
    }

    @Nested
    class Replies {

        @Test
        void hello() {
            assertThat(
                            decode(
                                    "{'type':'hello','protocol':1,'hostd':'0.1.0','host':'attic','capabilities':['apply','follow']}"))
                    .isEqualTo(new Frame.Hello(1, "0.1.0", "attic", Set.of("apply", "follow")));
        }

        @Test
        void accepted() {
            assertThat(decode("{'type':'accepted','operation':'01jd0000000000000000000000'}"))
                    .isEqualTo(new Frame.Reply(new HostReply.Accepted(OPERATION)));
        }

        @Test
        void lineOfABuild() {
            assertThat(
                            decode(
                                    "{'type':'line','cursor':'s=1;i=2','time':'2026-11-21T03:00:00.123456Z','priority':3,'unit':'croft-op-x.service','stream':'build','derivation':'/nix/store/x.drv','text':'oops'}"))
                    .isEqualTo(new Frame.Reply(new HostReply.Line(
                            "s=1;i=2",
                            Instant.parse("2026-11-21T03:00:00.123456Z"),
                            3,
                            "croft-op-x.service",
                            "build",
                            "/nix/store/x.drv",
                            "oops")));
        }

        @Test
        void progressWithUnknownCounts() {
            assertThat(
                            decode(
                                    "{'type':'progress','cursor':'1','time':'2026-11-21T03:00:00Z','phase':'build','done':3,'expected':null}"))
                    .isEqualTo(new Frame.Reply(new HostReply.Progress(
                            "1",
                            Instant.parse("2026-11-21T03:00:00Z"),
                            "build",
                            3L,
                            null,
                            null,
                            null,
                            null,
                            null,
                            null)));
        }

        @Test
        void theTimeThatIsLeftToConfirm() {
            assertThat(
                            decode(
                                    "{'type':'progress','cursor':'1','time':'2026-11-21T03:00:00Z','phase':'confirm','secondsLeft':42}"))
                    .isEqualTo(new Frame.Reply(new HostReply.Progress(
                            "1",
                            Instant.parse("2026-11-21T03:00:00Z"),
                            "confirm",
                            null,
                            null,
                            null,
                            null,
                            null,
                            null,
                            42)));
        }

        @Test
        void stepOfABuild() {
            assertThat(
                            decode(
                                    "{'type':'step','cursor':'1','time':'2026-11-21T03:00:00Z','id':3,'kind':'fetch','name':'hello','path':'/nix/store/x-hello','state':'running','inputs':[1,2],'bytesDone':5,'bytesExpected':9}"))
                    .isEqualTo(new Frame.Reply(new HostReply.Step(
                            "1",
                            Instant.parse("2026-11-21T03:00:00Z"),
                            3,
                            "fetch",
                            "hello",
                            "/nix/store/x-hello",
                            "running",
                            List.of(1L, 2L),
                            5L,
                            9L)));
        }

        private static final String UNIT = "[7,1,2,3,null,null,null,4096,null,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15";

        private Measurement measurement(String sample) {
            var reply =
                    (Frame.Reply) decode("{'type':'reading','time':'2026-11-21T03:00:00.5Z','sample':" + sample + "}");
            return (Measurement) reply.reply();
        }

        @Test
        void aMeasurementOfAMachineAndAUnit() {
            Measurement found = measurement("{'at':5000000,'whole':true,'future':{},"
                    + "'cpu':{'user':1,'nice':2,'system':3,'idle':4,'iowait':5,'irq':6,'softirq':7,'steal':8,'cores':2,'x':1},"
                    + "'load':[50,125,1000],'memory':{'total':1000,'available':null},'pressure':{'cpu':[1,null]},"
                    + "'disks':{'vda':[1,2,3,4,5,6]},'interfaces':{'eth0':[1,2,3,4,5,6,7,8]},'filesystems':{'/':[9,8,7,null,null]},"
                    + "'temperatures':{'coretemp':[41500]},'gaps':{'units.io':'No io.'},'cut':3,"
                    + "'new':[[7,'croft-app-blog.service']],'gone':[1,2],'units':[" + UNIT + ",16]]}");

            assertThat(found.time()).isEqualTo("2026-11-21T03:00:00.500Z");
            assertThat(found.atMicros()).isEqualTo(5_000_000);
            assertThat(found.whole()).isTrue();
            assertThat(found.processors()).isEqualTo(new Measurement.Processors(1, 2, 3, 4, 5, 6, 7, 8, 2));
            assertThat(found.processors().busy()).isEqualTo(27);
            assertThat(found.load()).containsExactly(0.5, 1.25, 10.0);
            assertThat(found.memory().total()).isEqualTo(1000);
            assertThat(found.memory().available()).isNull();
            assertThat(found.memory().swapFree()).isNull();
            assertThat(found.pressure()).containsExactly(Map.entry("cpu", new Measurement.Pressure(1L, null)));
            assertThat(found.disks().get("vda")).isEqualTo(new Measurement.Disk(1L, 2L, 3L, 4L, 5L));
            assertThat(found.interfaces().get("eth0").droppedSent()).isEqualTo(8);
            assertThat(found.fileSystems().get("/")).isEqualTo(new Measurement.FileSystem(9L, 8L, 7L, null, null));
            assertThat(found.temperatures()).containsExactly(Map.entry("coretemp", 41.5));
            assertThat(found.gaps()).containsExactly(Map.entry("units.io", "No io."));
            assertThat(found.cut()).isEqualTo(3);
            assertThat(found.appeared()).containsExactly(new Measurement.Unit(7, "croft-app-blog.service"));
            assertThat(found.gone()).containsExactly(1L, 2L);
            Measurement.UnitValues unit = found.units().getFirst();
            assertThat(unit.id()).isEqualTo(7);
            assertThat(unit.get(Measurement.UnitValue.CPU)).isEqualTo(1);
            assertThat(unit.get(Measurement.UnitValue.CPU_THROTTLED)).isNull();
            assertThat(unit.get(Measurement.UnitValue.MEMORY)).isEqualTo(4096);
            assertThat(unit.get(Measurement.UnitValue.PRESSURE_IO_FULL)).isEqualTo(15);
        }

        @Test
        void aMeasurementOfNothing() {
            Measurement found = measurement("{'at':1,'gaps':{},'new':[],'gone':[],'units':[]}");

            assertThat(found.whole()).isFalse();
            assertThat(found.processors()).isNull();
            assertThat(found.load()).isNull();
            assertThat(found.memory()).isNull();
            assertThat(found.fileSystems()).isNull();
            assertThat(found.temperatures()).isNull();
            assertThat(found.disks()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "'at':1.5,'gaps':{},'new':[],'gone':[],'units':[]",
                    "'at':1,'gaps':{},'new':[],'gone':[]",
                    "'at':1,'gaps':{'x':1},'new':[],'gone':[],'units':[]",
                    "'at':1,'gaps':{},'new':[[1]],'gone':[],'units':[]",
                    "'at':1,'gaps':{},'new':[],'gone':['1'],'units':[]",
                    "'at':1,'gaps':{},'new':[],'gone':[],'units':[[1,2,3]]",
                    "'at':1,'gaps':{},'new':[],'gone':[],'units':[" + UNIT + ".5]]",
                    "'at':1,'gaps':{},'new':[],'gone':[],'units':[],'load':[1,2]",
                    "'at':1,'gaps':{},'new':[],'gone':[],'units':[],'disks':{'vda':[1]}",
                    "'at':1,'gaps':{},'new':[],'gone':[],'units':[],'cpu':{'user':1}"
                })
        void aMalformedMeasurementEndsTheDialogue(String sample) {
            assertProblem(ProblemCode.PROTOCOL_ERROR, () -> measurement("{" + sample + "}"));
        }

        @Test
        void refusedWithALog() {
            assertThat(
                            decode(
                                    "{'type':'refused','problem':{'code':'BUILD_FAILED','what':'w','why':'y','next':'n'},'detail':'error: x'}"))
                    .isEqualTo(new Frame.Refused(new Problem(ProblemCode.BUILD_FAILED, "w", "y", "n", "error: x")));
        }

        @Test
        void aProblemThatThisConsoleDoesNotKnowKeepsItsWords() {
            assertThat(decode("{'type':'refused','problem':{'code':'MOON_FULL','what':'w','why':'y','next':'n'}}"))
                    .isEqualTo(new Frame.Refused(Problem.of(ProblemCode.INTERNAL, "w", "y", "n")));
        }

        @Test
        void unknownTypesAndMembersAreNoError() {
            assertThat(decode("{'type':'reading','time':'2026-11-21T03:00:00Z','cpu':1}"))
                    .isEqualTo(new Frame.Unknown("reading"));
            assertThat(decode("{'type':'accepted','operation':'01jd0000000000000000000000','new':{'a':[1]}}"))
                    .isInstanceOf(Frame.Reply.class);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " ",
                    "null",
                    "[]",
                    "17",
                    "'text'",
                    "{",
                    "{'type':'done','result':{}} x",
                    "{'type':'done','result':{}}{'type':'done','result':{}}",
                    "{'type':'done','type':'refused','result':{}}",
                    "{'typo':'done'}",
                    "{'type':1}",
                    "{'type':'done'}",
                    "{'type':'done','result':[]}",
                    "{'type':'accepted','operation':'UPPER'}",
                    "{'type':'accepted','operation':7}",
                    "{'type':'line','cursor':'c','time':'yesterday','priority':6,'text':'x'}",
                    "{'type':'line','cursor':'c','time':'2026-11-21T03:00:00Z','priority':'6','text':'x'}",
                    "{'type':'line','cursor':'c','time':'2026-11-21T03:00:00Z','priority':6.5,'text':'x'}",
                    "{'type':'line','cursor':'c','time':'2026-11-21T03:00:00Z','priority':99999999999,'text':'x'}",
                    "{'type':'progress','cursor':'c','time':'2026-11-21T03:00:00Z','phase':'build','done':1e99}",
                    "{'type':'refused','problem':'no'}",
                    "{'type':'hello','protocol':1,'hostd':'1','host':'a','capabilities':'all'}",
                    "{'type':'hello','protocol':1,'hostd':'1','host':'a','capabilities':[1]}",
                    "{'type':NaN}",
                    "{\"type\":\"a\tb\"}",
                    "// no\n{'type':'x'}"
                })
        void malformedFramesEndTheDialogue(String frame) {
            assertProblem(ProblemCode.PROTOCOL_ERROR, () -> decode(frame));
        }

        @Test
        void deepNestingIsMalformed() {
            assertProblem(
                    ProblemCode.PROTOCOL_ERROR,
                    () -> decode("{'type':'x','a':" + "[".repeat(5000) + "]".repeat(5000) + "}"));
        }

        @Test
        void otherEncodingsAreMalformed() {
            assertProblem(
                    ProblemCode.PROTOCOL_ERROR,
                    () -> codec.decode("{\"type\":\"x\"}".getBytes(java.nio.charset.StandardCharsets.UTF_16LE)));
            assertProblem(
                            ProblemCode.PROTOCOL_ERROR,
                            () -> codec.decode(new byte[] {'{', '"', 't', (byte) 0xc3, '"', ':', '1', '}'}))
                    .contains("UTF-8");
        }

        @RepeatedTest(200)
        void noBytesEverGiveAnythingButAFrameOrAProtocolError() {
            long seed = System.nanoTime();
            var random = new Random(seed);
            byte[] frame =
                    json("{'type':'line','cursor':'c','time':'2026-11-21T03:00:00Z','priority':6,'stream':null,'text':'\u00e9x'}")
                            .getBytes(UTF_8);
            int hits = 1 + random.nextInt(4);
            for (int i = 0; i < hits; i++) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt(256);
            }

            try {
                codec.decode(frame);
            } catch (ProblemException e) {
                assertThat(e.problem().code()).as("seed %d", seed).isEqualTo(ProblemCode.PROTOCOL_ERROR);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Nested
    class Results {

        @Test
        void probe() {
            var result = result(
                    new Probe(),
                    "{'checks':[{'id':'nix','ok':true,'found':'2.26','wanted':'2.18','why':'flakes'}],'system':{'os':'NixOS','sandbox':false}}");

            assertThat(result.checks())
                    .containsExactly(new HostCommand.Check(
                            "nix", "system", "should", true, "2.26", "2.18", "flakes", null, null));
            assertThat(result.system()).containsExactly(Map.entry("os", "NixOS"), Map.entry("sandbox", false));
        }

        @Test
        void probeWithWhatToDo() {
            var result = result(
                    new Probe(),
                    "{'checks':[{'id':'ipv6','group':'network','level':'must','ok':null,'found':'no answer','wanted':'an address','why':'w','next':'Ask.',"
                            + "'fix':{'label':'Turn it on','set':[{'pointer':'/host/ssh','value':{'passwordAuthentication':false}},{'pointer':'/host/gc','value':null}]}}],"
                            + "'system':{}}");

            assertThat(result.checks())
                    .containsExactly(new HostCommand.Check(
                            "ipv6",
                            "network",
                            "must",
                            null,
                            "no answer",
                            "an address",
                            "w",
                            "Ask.",
                            new HostCommand.Fix(
                                    "Turn it on",
                                    List.of(
                                            new HostCommand.FixedMember(
                                                    "/host/ssh", Map.of("passwordAuthentication", false)),
                                            new HostCommand.FixedMember("/host/gc", null)))));
        }

        @Test
        void stateOfAFreshBoxIsNull() {
            assertThat(result(new ReadState(null), "{'revision':'abc','state':null}"))
                    .isEqualTo(new HostCommand.StateResult("abc", null));
        }

        @Test
        void inspectionOfNothingBuildable() {
            var result = result(
                    new Inspect("u", null),
                    "{'url':'u','ref':'main','rev':'r','narHash':'sha256-x','lastModified':'2026-01-01T00:00:00Z','builder':null,'reason':'nothing found','candidates':[{'builder':'static','reason':'no index.html'}]}");

            assertThat(result.builder()).isNull();
            assertThat(result.port()).isNull();
            assertThat(result.command()).isNull();
            assertThat(result.candidates()).containsExactly(new HostCommand.Candidate("static", "no index.html"));
        }

        @Test
        void acceptanceWithoutMembers() {
            assertThat(result(new Plan(OPERATION, "{}", null, ANNA, "m"), "{}"))
                    .isEqualTo(new HostCommand.Acceptance(OPERATION));
        }

        @Test
        void reportOfAFailedOperationCarriesProblemAndLog() {
            var result = result(
                    new Cancel(OPERATION),
                    "{'operation':{'operation':'01jd0000000000000000000000','kind':'apply','state':'FAILED','phase':'build','startedAt':'2026-11-21T03:00:00Z','finishedAt':'2026-11-21T03:00:05Z','problem':{'code':'BUILD_FAILED','what':'w','why':'y','next':'n'},'detail':'log'}}");

            assertThat(result.problem()).isEqualTo(new Problem(ProblemCode.BUILD_FAILED, "w", "y", "n", "log"));
            assertThat(result.result()).isEmpty();
            assertThat(result.finishedAt()).isEqualTo("2026-11-21T03:00:05Z");
        }

        @Test
        void reportOfASuccessKeepsItsResult() {
            var result = result(
                    new ListOperations(null),
                    "{'operations':[{'operation':'01jd0000000000000000000000','kind':'apply','state':'SUCCEEDED','phase':'persist','startedAt':'2026-11-21T03:00:00Z','finishedAt':'2026-11-21T03:00:05Z','result':{'generation':4,'apps':{'blog':{'rev':'abc'}}}}]}");

            assertThat(result).singleElement().satisfies(report -> {
                assertThat(report.problem()).isNull();
                assertThat(report.result())
                        .containsEntry("generation", 4)
                        .containsEntry("apps", Map.of("blog", Map.of("rev", "abc")));
            });
        }

        @Test
        void generations() {
            var result = result(
                    new ListGenerations(),
                    "{'generations':[{'number':2,'date':'2026-11-21T03:00:00Z','current':true,'booted':false,'bootDefault':true,'closure':'/nix/store/x','closureBytes':5000000000,'description':'blog: add','operation':'01jd0000000000000000000000','author':'Anna','revision':'abc'},{'number':1,'date':'2026-11-20T03:00:00Z','current':false,'booted':true,'bootDefault':false,'closure':'/nix/store/y','closureBytes':null,'description':''}]}");

            assertThat(result).hasSize(2);
            assertThat(result.getFirst().closureBytes()).isEqualTo(5_000_000_000L);
            assertThat(result.getLast().operation()).isNull();
        }

        @Test
        void backupsOfATargetThatIsAwayAndOneThatWasTested() {
            HostCommand.BackupsReport report = result(
                    new HostCommand.ReadBackups(),
                    "{'time':'2026-05-04T12:00:00Z','targets':[{'name':'depot','type':'sftp','reachable':false,'problem':{'code':'BACKUP_UNREACHABLE','what':'w','why':'y','next':'n'},'lastRun':null,'lastResult':null,'lastSuccess':null,'next':null,'bytes':null,'snapshots':null,'restoreTest':null,'failures':[{'item':'app','app':'blog','problem':{'code':'DUMP_FAILED','what':'w','why':'y','next':'n'}},{'item':null,'app':null,'problem':{'code':'BACKUP_FAILED','what':'w','why':'y','next':'n'}}]},"
                            + "{'name':'cellar','type':'local','reachable':true,'problem':null,'lastRun':'2026-05-04T11:00:00Z','lastResult':'SUCCEEDED','lastSuccess':'2026-05-04T11:00:00Z','next':'2026-05-05T00:00:00Z','bytes':8192,'snapshots':2,"
                            + "'restoreTest':{'time':'2026-05-04T11:30:00Z','ok':true,'apps':[{'app':'blog','snapshot':'s','time':'2026-05-04T11:00:00Z','bytes':4096,'started':false,'why':'It has a database.','tables':{'count':1,'rows':8},'problem':null}],'mail':{'snapshot':'m','time':'2026-05-04T11:00:00Z','bytes':5,'mailboxes':1,'messages':2,'keys':1,'problem':null}}}],"
                            + "'restores':[{'app':'blog','snapshot':'s','time':null,'path':'/p'}],"
                            + "'replaced':[{'app':'blog','snapshot':'o','time':'2026-05-04T10:00:00Z','bytes':4096,'files':2}],"
                            + "'mail':[{'id':'c','snapshot':'m','time':null,'path':'/m','mailboxes':['ada@attic.example'],'replaced':true}]}");
            assertThat(report.mail())
                    .containsExactly(
                            new HostCommand.MailCopy("c", "m", null, "/m", List.of("ada@attic.example"), true));
            assertThat(report.replaced())
                    .containsExactly(
                            new HostCommand.ReplacedData(BLOG, "o", Instant.parse("2026-05-04T10:00:00Z"), 4096, 2));
            assertThat(report.targets().getFirst().failures())
                    .extracting(HostCommand.FailedBackup::app)
                    .containsExactly(BLOG, null);
            assertThat(report.restores()).containsExactly(new HostCommand.RestoredCopy(BLOG, "s", null, "/p"));
            assertThat(report.targets())
                    .extracting(HostCommand.BackupTarget::reachable)
                    .containsExactly(false, true);
            assertThat(report.targets().getFirst().problem().code()).isEqualTo(ProblemCode.BACKUP_UNREACHABLE);
            HostCommand.BackupTarget cellar = report.targets().get(1);
            assertThat(cellar.bytes()).isEqualTo(8192);
            assertThat(cellar.restoreTest().apps())
                    .containsExactly(new HostCommand.TestedBackup(
                            BLOG,
                            "s",
                            Instant.parse("2026-05-04T11:00:00Z"),
                            4096,
                            false,
                            "It has a database.",
                            new HostCommand.CountedTables(1, 8),
                            null));
            assertThat(cellar.restoreTest().mail())
                    .isEqualTo(
                            new HostCommand.TestedMail("m", Instant.parse("2026-05-04T11:00:00Z"), 5, 1, 2, 1, null));
        }

        @Test
        void whatTheBoxStartedByItself() {
            assertThat(
                            result(
                                    new HostCommand.ListAutomatic(),
                                    "{'operations':[{'operation':'01jd0000000000000000000000','kind':'backup','state':'RUNNING','phase':'copy','startedAt':'2026-11-21T03:00:00Z','target':'cellar','automatic':true}]}"))
                    .singleElement()
                    .satisfies(report -> {
                        assertThat(report.target()).isEqualTo("cellar");
                        assertThat(report.automatic()).isTrue();
                    });
        }

        @Test
        void keysOfAServer() {
            assertThat(result(
                            new HostCommand.ReadSshKeys("depot.example", null),
                            "{'keys':[{'type':'ssh-ed25519','key':'ssh-ed25519 AAAA','fingerprint':'SHA256:x'}]}"))
                    .containsExactly(new HostCommand.ServerKey("ssh-ed25519", "ssh-ed25519 AAAA", "SHA256:x"));
        }

        @Test
        void aCopyHeldAgainstWhatIsInUse() {
            assertThat(
                            result(
                                    new HostCommand.ReadComparison(BLOG, "s"),
                                    "{'app':'blog','snapshot':'s','time':'2026-05-04T12:00:00Z','path':'/p','files':{'same':2,'changed':1,'onlyLive':0,'onlyCopy':1,'liveBytes':10,'copyBytes':20,'paths':[{'path':'a/b','kind':'changed'}]},"
                                            + "'databases':[{'engine':'postgresql','database':'blog','side':'croft-side-s','tables':[{'name':'public.posts','live':3,'copy':null}]}]}"))
                    .isEqualTo(new HostCommand.RestoreComparison(
                            BLOG,
                            "s",
                            Instant.parse("2026-05-04T12:00:00Z"),
                            "/p",
                            new HostCommand.ComparedFiles(
                                    2, 1, 0, 1, 10, 20, List.of(new HostCommand.DifferentFile("a/b", "changed"))),
                            List.of(new HostCommand.ComparedDatabase(
                                    "postgresql",
                                    "blog",
                                    "croft-side-s",
                                    List.of(new HostCommand.ComparedTable("public.posts", 3L, null))))));
        }

        @Test
        void aCopyOfMailHeldAgainstTheMailInUse() {
            assertThat(
                            result(
                                    new HostCommand.ReadMailComparison("c"),
                                    "{'item':'mail','id':'c','snapshot':'m','time':'2026-05-04T12:00:00Z','path':'/m','mailboxes':[{'address':'ada@attic.example','live':3,'copy':2,'onlyLive':2,'onlyCopy':1,'changed':0}],'keys':[{'name':'attic.example.key','same':false}]}"))
                    .isEqualTo(new HostCommand.MailComparison(
                            "c",
                            "m",
                            Instant.parse("2026-05-04T12:00:00Z"),
                            "/m",
                            List.of(new HostCommand.ComparedMailbox("ada@attic.example", 3, 2, 2, 1, 0)),
                            List.of(new HostCommand.ComparedKey("attic.example.key", false))));
            assertThat(result(new HostCommand.DropMailCopy("c"), "{'id':'c','bytes':9}"))
                    .isEqualTo(new HostCommand.DroppedMail("c", 9));
        }

        @Test
        void backupsOfAnAppOfTheBoxAndOfMail() {
            assertThat(
                            result(
                                    new HostCommand.ListBackups("cellar", null),
                                    "{'snapshots':[{'id':'a','time':'2026-05-04T12:00:00.123456789Z','app':'blog','bytes':1,'generation':3},{'id':'b','time':'2026-05-04T11:00:00Z','app':null,'bytes':2,'generation':null},{'id':'c','time':'2026-05-04T10:00:00Z','item':'mail','app':null,'bytes':3,'generation':3}]}"))
                    .containsExactly(
                            new HostCommand.Backup("a", Instant.parse("2026-05-04T12:00:00.123456789Z"), BLOG, 1, 3),
                            new HostCommand.Backup("b", Instant.parse("2026-05-04T11:00:00Z"), null, 2, null),
                            new HostCommand.Backup(
                                    "c",
                                    Instant.parse("2026-05-04T10:00:00Z"),
                                    HostCommand.BackupItem.MAIL,
                                    null,
                                    3,
                                    3));
        }

        @Test
        void mailOfABoxWithARelayAndMailboxes() {
            HostCommand.MailReport report = result(
                    new HostCommand.ReadMail(),
                    "{'time':'2026-11-21T03:00:00Z','relay':{'host':'smtp.example.net','port':587,'user':null},"
                            + "'server':{'hostname':'mail.attic.example','domains':['attic.example'],'messageMax':26214400},"
                            + "'units':[{'unit':'postfix.service','active':'active'}],'queue':{'messages':2,'bytes':900,'oldest':'2026-11-21T02:00:00Z'},"
                            + "'mailboxes':[{'address':'ada@attic.example','bytes':10,'messages':1,'quota':2147483648,'password':true,'declared':true},{'address':'bob@attic.example','bytes':20,'messages':3,'quota':null,'password':false,'declared':false}],"
                            + "'senders':[{'app':'blog','from':['@attic.example'],'perHour':100,'port':2500,'sentLastHour':4,'refusedLastHour':1}]}");

            assertThat(report.relay()).isEqualTo(new HostCommand.RelayInForce("smtp.example.net", 587, null));
            assertThat(report.server().messageMax()).isEqualTo(26_214_400);
            assertThat(report.units()).containsExactly(new HostCommand.MailUnit("postfix.service", "active"));
            assertThat(report.queue())
                    .isEqualTo(new HostCommand.QueueSize(2, 900, Instant.parse("2026-11-21T02:00:00Z")));
            assertThat(report.mailboxes())
                    .containsExactly(
                            new HostCommand.MailboxState("ada@attic.example", 10, 1, 2L << 30, true, true),
                            new HostCommand.MailboxState("bob@attic.example", 20, 3, null, false, false));
            assertThat(report.senders())
                    .containsExactly(new HostCommand.MailSender(BLOG, List.of("@attic.example"), 100, 2500, 4, 1));
        }

        @Test
        void mailOfABoxThatOnlyReceives() {
            HostCommand.MailReport report = result(
                    new HostCommand.ReadMail(),
                    "{'time':'2026-11-21T03:00:00Z','relay':null,'server':null,'units':[],'queue':{'messages':0,'bytes':0,'oldest':null},'mailboxes':[],'senders':[]}");

            assertThat(report.relay()).isNull();
            assertThat(report.server()).isNull();
            assertThat(report.queue().oldest()).isNull();
        }

        @Test
        void recordsOfZonesThatAnswerAndOfOneThatDoesNot() {
            assertThat(
                            result(
                                    new HostCommand.ReadMailRecords(),
                                    "{'records':[{'domain':'attic.example','purpose':'mx','type':'MX','name':'attic.example','wanted':'10 mail.attic.example.','found':[],'ok':false,'why':'w'},{'domain':'attic.example','purpose':'ptr','type':'PTR','name':'9.2.0.192.in-addr.arpa','wanted':'mail.attic.example.','found':['a.','b.'],'ok':null,'why':'w'}]}"))
                    .containsExactly(
                            new HostCommand.MailRecord(
                                    "attic.example",
                                    "mx",
                                    "MX",
                                    "attic.example",
                                    "10 mail.attic.example.",
                                    List.of(),
                                    false,
                                    "w"),
                            new HostCommand.MailRecord(
                                    "attic.example",
                                    "ptr",
                                    "PTR",
                                    "9.2.0.192.in-addr.arpa",
                                    "mail.attic.example.",
                                    List.of("a.", "b."),
                                    null,
                                    "w"));
        }

        @Test
        void aQueueAndWhatBecomesOfAMessage() {
            var queue = result(
                    new HostCommand.ReadMailQueue(),
                    "{'messages':[{'id':'4Qx','queue':'deferred','arrivedAt':'2026-11-21T02:00:00Z','sender':'shop@attic.example','app':'blog','bytes':900,'recipients':[{'address':'a@b.example','reason':'connect to b.example: timed out'},{'address':'c@b.example','reason':null}]},{'id':'4Qy','queue':'active','arrivedAt':'2026-11-21T02:00:00Z','sender':'','app':null,'bytes':1,'recipients':[]}],'truncated':true}");

            assertThat(queue.truncated()).isTrue();
            assertThat(queue.messages().getFirst().recipients())
                    .containsExactly(
                            new HostCommand.MailRecipient("a@b.example", "connect to b.example: timed out"),
                            new HostCommand.MailRecipient("c@b.example", null));
            assertThat(queue.messages().getLast().app()).isNull();
            assertThat(result(new HostCommand.ActOnMailQueue(HostCommand.QueueAction.RETRY, null), "{'messages':3}"))
                    .isEqualTo(new HostCommand.ActedOn(3));
            assertThat(
                            result(
                                    new HostCommand.TestMail("a@b.example", null),
                                    "{'id':'4Qx','status':'deferred','response':'535 5.7.8 Error: authentication failed','relay':'smtp.example.net[192.0.2.9]:587','seconds':2}"))
                    .isEqualTo(new HostCommand.MailOutcome(
                            "4Qx",
                            "deferred",
                            "535 5.7.8 Error: authentication failed",
                            "smtp.example.net[192.0.2.9]:587",
                            2));
            assertThat(result(
                                    new HostCommand.TestMail("a@b.example", null),
                                    "{'id':null,'status':'queued','response':null,'relay':null,'seconds':30.1}")
                            .response())
                    .isNull();
        }

        @Test
        void unitsThatRunAndThatDoNot() {
            var result = result(
                    new Units(List.of(BLOG)),
                    "{'time':'2026-11-21T03:00:00Z','units':[{'app':'blog','unit':'croft-app-blog.service','load':'loaded','active':'failed','sub':'failed','result':'exit-code','since':'2026-11-21T02:00:00Z','restarts':3,'mainPid':null}]}");

            assertThat(result.units()).singleElement().satisfies(unit -> {
                assertThat(unit.app()).isEqualTo(BLOG);
                assertThat(unit.restarts()).isEqualTo(3);
                assertThat(unit.mainPid()).isNull();
            });
        }

        @Test
        void endOfAJournal() {
            assertThat(result(new Journal(BLOG, null, null, 1, false), "{'cursor':'s=1'}"))
                    .isEqualTo(new HostCommand.JournalEnd("s=1", true, true));
            assertThat(result(
                            new Journal(BLOG, null, null, 1, false), "{'cursor':null,'complete':false,'found':false}"))
                    .isEqualTo(new HostCommand.JournalEnd(null, false, false));
        }

        @Test
        void aWrongMemberIsNamedByItsPath() {
            assertProblem(
                            ProblemCode.PROTOCOL_ERROR,
                            () -> result(
                                    new Units(List.of(BLOG)),
                                    "{'time':'2026-11-21T03:00:00Z','units':[{'app':'blog','unit':'u','load':'l','active':'a','sub':'s','restarts':'many'}]}"))
                    .contains("\"result.units[0].restarts\"");
        }

        private <R> R result(HostCommand<R> command, String result) {
            JsonNode done = JsonMapper.shared().readTree(json(result));
            return codec.result(command, done);
        }
    }

    private Frame decode(String frame) {
        return codec.decode(json(frame).getBytes(UTF_8));
    }

    /** JSON is easier to read here with single quotes. */
    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static AbstractStringAssert<?> assertProblem(ProblemCode code, ThrowingCallable action) {
        var thrown = assertThatExceptionOfType(ProblemException.class).isThrownBy(action);
        thrown.extracting(e -> e.problem().code()).isEqualTo(code);
        return thrown.actual().problem().why() == null
                ? assertThat("")
                : assertThat(thrown.actual().problem().why());
    }
}

package dev.croft.desired.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.desired.AppSpec;
import dev.croft.desired.HostState;
import dev.croft.kernel.ProblemException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a state may say of mail. */
class MailStateTest {

    private static final String SERVER = "'hostname':'mail.attic.example','domains':['attic.example']";

    private final StateJson json = new StateJson();

    @Test
    void everyMemberIsReadAndWritten() {
        HostState state = parse(
                "{'relay':{'host':'smtp.example.net','port':465,'security':'tls','user':'attic@example.net'},'server':{"
                        + SERVER
                        + ",'mailboxes':{'ada@attic.example':{'quota':'2G'},'bob.b-c_d@attic.example':{}},"
                        + "'aliases':{'info@attic.example':['ada@attic.example','Bob+x@elsewhere.example'],'@attic.example':['ada@attic.example']},"
                        + "'messageMax':'50M','dkimSelector':'croft2026','tls':'internal','backup':false}}",
                "{'from':['shop@attic.example','@attic.example'],'perHour':100000}");

        HostState.Mail mail = state.host().services().mail();
        assertThat(mail.relay())
                .isEqualTo(
                        new HostState.MailRelay("smtp.example.net", 465, HostState.Security.TLS, "attic@example.net"));
        assertThat(mail.server().mailboxes()).containsEntry("ada@attic.example", new HostState.Mailbox("2G"));
        assertThat(mail.server().aliases().get("info@attic.example")).endsWith("Bob+x@elsewhere.example");
        assertThat(mail.server().tls()).isEqualTo(AppSpec.Tls.INTERNAL);
        assertThat(mail.server().isBackedUp()).isFalse();
        assertThat(state.apps().values().iterator().next().attach().mail().perHour())
                .isEqualTo(100_000);
        assertThat(json.parse(json.render(state).text())).isEqualTo(state);
    }

    @Test
    void theLeastThatMailCanBe() {
        HostState.MailRelay relay = parse("{'relay':{'host':'192.0.2.9'}}", null)
                .host()
                .services()
                .mail()
                .relay();

        assertThat(relay.address()).isEqualTo("192.0.2.9:587");
        assertThat(new HostState.MailRelay("a", null, HostState.Security.TLS, null).address())
                .isEqualTo("a:465");
        assertThat(parse("{'server':{" + SERVER + ",'tls':'self-signed'}}", "{'from':['@other.example']}")
                        .host()
                        .services()
                        .mail()
                        .relay())
                .isNull();
    }

    static Stream<Arguments> refused() {
        String tooMany = IntStream.rangeClosed(0, 1000)
                .mapToObj(i -> "'a" + i + "@attic.example':{}")
                .collect(Collectors.joining(","));
        return Stream.of(
                refusedMail("services.mail: it has a relay, a server or both", "{}"),
                refusedMail("services.mail.relay.host", "{'relay':{'host':'smtp example'}}"),
                refusedMail("services.mail.relay.host", "{'relay':{'host':'[192.0.2.9]:25'}}"),
                refusedMail("services.mail.relay.host", "{'relay':{'host':'-smtp.example'}}"),
                refusedMail("services.mail.relay.host", "{'relay':{'host':'" + "a".repeat(254) + "'}}"),
                refusedMail("services.mail.relay.port", "{'relay':{'host':'a','port':0}}"),
                refusedMail("services.mail.relay.port", "{'relay':{'host':'a','port':65536}}"),
                refusedMail("services.mail.relay.security", "{'relay':{'host':'a','security':'none'}}"),
                refusedMail("services.mail.relay.user", "{'relay':{'host':'a','user':'a:b'}}"),
                refusedMail("services.mail.relay.user", "{'relay':{'host':'a','user':'a b'}}"),
                refusedMail("services.mail.relay.user", "{'relay':{'host':'a','user':'a\\nb'}}"),
                refusedMail("services.mail.relay.user", "{'relay':{'host':'a','user':''}}"),
                refusedMail("services.mail.relay.password", "{'relay':{'host':'a','password':'x'}}"),
                refusedMail(
                        "services.mail.server.hostname",
                        "{'server':{'hostname':'Mail.attic.example','domains':['a']}}"),
                refusedMail("services.mail.server.domains", "{'server':{'hostname':'a'}}"),
                refusedMail("services.mail.server.domains[1]", "{'server':{'hostname':'a','domains':['a','a']}}"),
                refusedMail("services.mail.server.domains[0]", "{'server':{'hostname':'a','domains':['*.a']}}"),
                refusedServer("mailboxes.Ada@attic.example", "'mailboxes':{'Ada@attic.example':{}}"),
                refusedServer("mailboxes.ada+x@attic.example", "'mailboxes':{'ada+x@attic.example':{}}"),
                refusedServer("mailboxes.a..b@attic.example", "'mailboxes':{'a..b@attic.example':{}}"),
                refusedServer("mailboxes.../a@attic.example", "'mailboxes':{'../a@attic.example':{}}"),
                refusedServer("mailboxes.@attic.example", "'mailboxes':{'@attic.example':{}}"),
                refusedServer("mailboxes.ada", "'mailboxes':{'ada':{}}"),
                refusedServer("mailboxes." + "a".repeat(65), "'mailboxes':{'" + "a".repeat(65) + "@attic.example':{}}"),
                refusedServer("elsewhere.example is not one of", "'mailboxes':{'ada@elsewhere.example':{}}"),
                refusedServer("mailboxes.ada@attic.example.quota", "'mailboxes':{'ada@attic.example':{'quota':'2'}}"),
                refusedServer("mailboxes: there are at most 1000", "'mailboxes':{" + tooMany + "}"),
                refusedServer("aliases.info@elsewhere.example", "'aliases':{'info@elsewhere.example':['a@b']}"),
                refusedServer("aliases.@elsewhere.example", "'aliases':{'@elsewhere.example':['a@b']}"),
                refusedServer("aliases.info@attic.example", "'aliases':{'info@attic.example':[]}"),
                refusedServer("aliases.info@attic.example[0]", "'aliases':{'info@attic.example':['|/bin/sh']}"),
                refusedServer("aliases.info@attic.example[0]", "'aliases':{'info@attic.example':['@b']}"),
                refusedServer("aliases.info@attic.example[1]", "'aliases':{'info@attic.example':['a@b','a@b']}"),
                refusedServer("aliases.info@attic.example", "'aliases':{'info@attic.example':'a@b'}"),
                refusedServer(
                        "aliases.ada@attic.example: there is a mailbox",
                        "'mailboxes':{'ada@attic.example':{}},'aliases':{'ada@attic.example':['a@b']}"),
                refusedServer("messageMax", "'messageMax':'512K'"),
                refusedServer("messageMax", "'messageMax':'2G'"),
                refusedServer("messageMax", "'messageMax':'25'"),
                refusedServer("dkimSelector", "'dkimSelector':'a.b'"),
                refusedServer("tls", "'tls':'none'"),
                Arguments.of("host.acme", "{'server':{" + SERVER + ",'tls':'acme'}}", null),
                refusedFrom("attach.mail.from", "{'from':[]}"),
                refusedFrom("attach.mail.from[0]", "{'from':['shop']}"),
                refusedFrom("attach.mail.from[0]", "{'from':['Shop <shop@attic.example>']}"),
                refusedFrom("attach.mail.from[1]", "{'from':['a@b','a@b']}"),
                refusedFrom(
                        "attach.mail.from: there are 1 to 16",
                        "{'from':["
                                + IntStream.range(0, 17)
                                        .mapToObj(i -> "'a" + i + "@b'")
                                        .collect(Collectors.joining(","))
                                + "]}"),
                refusedFrom("attach.mail.perHour", "{'from':['a@b'],'perHour':0}"),
                refusedFrom("attach.mail.perHour", "{'from':['a@b'],'perHour':100001}"),
                Arguments.of("services.mail is missing", null, "{'from':['a@b']}"));
    }

    private static Arguments refusedMail(String words, String mail) {
        return Arguments.of(words, mail, null);
    }

    private static Arguments refusedServer(String words, String members) {
        return Arguments.of(words, "{'server':{" + SERVER + ",'tls':'internal'," + members + "}}", null);
    }

    private static Arguments refusedFrom(String words, String attached) {
        return Arguments.of(words, "{'relay':{'host':'a'}}", attached);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void refusesNamingTheField(String words, String mail, String attached) {
        ProblemException refusal = catchThrowableOfType(ProblemException.class, () -> parse(mail, attached));

        assertThat(refusal).as("nothing was refused").isNotNull();
        assertThat(refusal.problem().why()).contains(words);
    }

    /** One name has one certificate, and one port one server. */
    @ParameterizedTest
    @CsvSource({
        "25, mail.other.example, '{''server'':{SERVER}}', apps.shop.run.port: 25 is also the port of the mail server",
        "993, mail.other.example, '{''server'':{SERVER}}', apps.shop.run.port: 993 is also the port of the mail server",
        "24575, mail.other.example, '{''relay'':{''host'':''a''}}', apps.shop.run.port: 24575 is also the port of the box's mail",
        "8080, mail.attic.example, '{''server'':{SERVER}}', services.mail.server.tls: mail.attic.example is also a domain of app shop"
    })
    void anAppAndTheMailServerDoNotMeet(int port, String domain, String mail, String words) {
        String text = text(mail.replace("SERVER", SERVER), null, "")
                .replace("\"run\":{}", "\"run\":{\"port\":" + port + "},\"domains\":[\"" + domain + "\"]");

        ProblemException refusal = catchThrowableOfType(ProblemException.class, () -> json.parse(text));

        assertThat(refusal.problem().why()).contains(words);
        assertThat(json.parse(text.replaceFirst(",\"services\".*", "}")).apps()).hasSize(1);
    }

    @Test
    void whoSendsAsAnybodyOfADomainIsToldNoAddress() {
        assertThat(json.parse(text("{'relay':{'host':'a'}}", "{'from':['@b']}", "'MAIL_FROM':'x@b'"))
                        .apps())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SMTP_HOST", "SMTP_PORT", "SMTP_URL", "MAIL_FROM"})
    void anAppThatSendsIsToldHow(String variable) {
        ProblemException refusal = catchThrowableOfType(
                ProblemException.class,
                () -> json.parse(text("{'relay':{'host':'a'}}", "{'from':['a@b']}", "'" + variable + "':'x'")));

        assertThat(refusal.problem().why()).contains("run.env." + variable);
        assertThat(json.parse(text("{'relay':{'host':'a'}}", null, "'" + variable + "':'x'"))
                        .apps())
                .hasSize(1);
    }

    private HostState parse(String mail, String attached) {
        return json.parse(text(mail, attached, ""));
    }

    private static String text(String mail, String attached, String env) {
        return ("{'version':1,'host':{'name':'attic','stateVersion':'26.05','timezone':'UTC'},'apps':{'shop':{"
                        + (attached == null ? "" : "'attach':{'mail':" + attached + "},")
                        + "'build':{'builder':'python'},'isolation':'service','run':{"
                        + (env.isEmpty() ? "" : "'env':{" + env + "}")
                        + "},'source':{'narHash':'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',"
                        + "'rev':'3f2a9c1d5e8b7a6f4c0d1e2f3a4b5c6d7e8f9a0b','type':'git','url':'https://git.example/a.git'}}}"
                        + (mail == null ? "" : ",'services':{'mail':" + mail + "}") + "}")
                .replace('\'', '"');
    }
}

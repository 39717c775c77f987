package dev.croft.api.internal;

import dev.croft.audit.Audit;
import dev.croft.audit.Audit.Filter;
import dev.croft.audit.Audit.Verification;
import dev.croft.audit.AuditCsv;
import dev.croft.audit.AuditEntry;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriComponentsBuilder;
import tools.jackson.databind.SequenceWriter;
import tools.jackson.databind.json.JsonMapper;

/** /audit: who did what. */
@RestController
@RequestMapping("/api/v1/audit")
class AuditResource {

    private final Audit audit;
    private final JsonMapper json;

    AuditResource(Audit audit, JsonMapper json) {
        this.json = json;
        this.audit = audit;
    }

    record Asked(
            @Nullable String who,
            @Nullable String verb,
            @Nullable String host,
            @Nullable String app,
            @Nullable String outcome,
            @Nullable Instant from,
            @Nullable Instant until) {

        Filter filter() {
            return new Filter(
                    who,
                    verb,
                    host == null ? null : new HostName(host),
                    app == null ? null : new AppName(app),
                    outcome,
                    from,
                    until);
        }
    }

    record VerificationView(boolean whole, long entries, String head, List<String> faults) {}

    /** Newest first; the Link header has the next page. */
    @GetMapping
    ResponseEntity<List<AuditEntry>> list(
            Asked asked,
            @RequestParam(required = false) @Nullable Long before,
            @RequestParam(defaultValue = "50") int limit) {
        List<AuditEntry> page = audit.list(asked.filter(), before, limit);
        ResponseEntity.BodyBuilder answer = ResponseEntity.ok();
        if (page.size() == limit) {
            UriComponentsBuilder next = UriComponentsBuilder.fromPath("/api/v1/audit");
            add(next, "who", asked.who());
            add(next, "verb", asked.verb());
            add(next, "host", asked.host());
            add(next, "app", asked.app());
            add(next, "outcome", asked.outcome());
            add(next, "from", asked.from());
            add(next, "until", asked.until());
            next.queryParam("before", page.getLast().sequence()).queryParam("limit", limit);
            answer.header(HttpHeaders.LINK, "<" + next.encode().toUriString() + ">; rel=\"next\"");
        }
        return answer.body(page);
    }

    private static void add(UriComponentsBuilder address, String name, @Nullable Object value) {
        if (value != null) {
            address.queryParam(name, value);
        }
    }

    /** All that the filter lets through, oldest first: as CSV, or as a JSON array. */
    @GetMapping("/export")
    void export(Asked asked, @RequestParam(defaultValue = "csv") String format, HttpServletResponse response)
            throws IOException {
        Filter filter = asked.filter();
        boolean csv = format.equals("csv");
        if (!csv && !format.equals("json")) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "Nothing was exported.",
                            "format: it is csv or json.",
                            "Correct it and try again.")
                    .toException();
        }
        audit.list(filter, null, 1); // refused, if at all, before the answer begins
        response.setContentType(csv ? "text/csv" : MediaType.APPLICATION_JSON_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader(
                HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"croft-audit." + (csv ? "csv" : "json") + "\"");
        if (csv) {
            AuditCsv.write(response.getWriter(), rows -> audit.export(filter, rows));
            return;
        }
        try (SequenceWriter rows = json.writer().writeValuesAsArray(response.getOutputStream())) {
            audit.export(filter, rows::write);
        }
    }

    /** Whether the chain is whole. */
    @GetMapping("/verification")
    VerificationView verify() {
        Verification found = audit.verify();
        return new VerificationView(found.isWhole(), found.entries(), found.head(), found.faults());
    }
}

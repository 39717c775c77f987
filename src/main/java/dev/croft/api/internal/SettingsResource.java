package dev.croft.api.internal;

import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** /hosts/{host}/settings and /drafts: what the box itself should be, and all changes that wait to be applied. */
@RestController
@RequestMapping("/api/v1/hosts/{host}")
class SettingsResource {

    private final DesiredStates desired;

    SettingsResource(DesiredStates desired) {
        this.desired = desired;
    }

    /** @param app null: the box's own settings */
    record DraftView(@Nullable String app, boolean removal, String savedBy, Instant savedAt, List<EditView> edits) {}

    record EditView(String field, String words) {}

    /** As they are to be; {@code draft} says whether that waits to be applied, and {@code inForce} then what it replaces. */
    @GetMapping("/settings")
    ResponseEntity<Map<String, Object>> get(@PathVariable String host) {
        HostName name = new HostName(host);
        HostState drafted = desired.draft(name);
        Changes changes = desired.changes(name);
        Map<String, Object> view = new LinkedHashMap<>(desired.entry(drafted.host()));
        view.put("draft", changes.host() != null);
        if (changes.host() != null) {
            desired.inForce(name).ifPresent(state -> view.put("inForce", desired.entry(state.host())));
        }
        view.put("notes", desired.notes(drafted));
        return ResponseEntity.ok()
                .eTag(Preconditions.tag(desired.digest(drafted.host())))
                .body(view);
    }

    /** The whole of them: what is left out has its default. With If-Match an edit of somebody else is not overwritten. */
    @PutMapping(path = "/settings", consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Map<String, Object>> put(
            @PathVariable String host,
            @RequestBody String settings,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch) {
        HostName name = new HostName(host);
        String base = Preconditions.base(ifMatch, null);
        if (base == null) {
            desired.putSettings(name, desired.parseSettings(settings));
        } else {
            desired.putSettings(name, desired.parseSettings(settings), base);
        }
        return get(host);
    }

    /** Forgets the draft of them. */
    @DeleteMapping("/settings")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void discardSettings(@PathVariable String host) {
        desired.discardSettings(new HostName(host));
    }

    /** Oldest first. */
    @GetMapping("/drafts")
    List<DraftView> drafts(@PathVariable String host) {
        HostName name = new HostName(host);
        List<Edit> edits = desired.edits(name);
        return desired.drafts(name).stream()
                .map(draft -> new DraftView(
                        draft.app() == null ? null : draft.app().value(),
                        draft.removal(),
                        draft.savedBy(),
                        draft.savedAt(),
                        edits.stream()
                                .filter(edit -> Objects.equals(edit.app(), draft.app()))
                                .map(edit -> new EditView(edit.field(), edit.words()))
                                .toList()))
                .toList();
    }

    /** Forgets the draft of one app, or all drafts, those of the settings too. */
    @DeleteMapping("/drafts")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void discard(@PathVariable String host, @RequestParam(required = false) @Nullable String app) {
        if (app == null) {
            desired.discardAll(new HostName(host));
        } else {
            desired.discard(new HostName(host), new AppName(app));
        }
    }
}

package dev.croft.proofs.internal;

import dev.croft.proofs.Closure;
import dev.croft.proofs.Closure.Part;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A closure as a bill of materials: one component for each store path, and an edge for each reference. The libraries of both formats
 * bring a second JSON mapper, XML and RDF along for documents of some ten members; they are what the tests hold these against.
 */
final class Bill {

    private static final String STORE = "/nix/store/";
    /** What a store path begins with, which no other has. */
    private static final int HASH = 32;

    private static final String MAIN = "main";
    private static final String TOOL = "Croft";

    private final JsonMapper json =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private final String name;
    private final boolean app;
    private final Closure closure;
    private final String at;
    private final String uuid;

    /** @param app whether it is an app, or else a box's system */
    Bill(String name, boolean app, Closure closure, Instant at) {
        this.name = name;
        this.app = app;
        this.closure = closure;
        this.at = at.truncatedTo(ChronoUnit.SECONDS).toString();
        this.uuid = "urn:uuid:"
                + UUID.nameUUIDFromBytes((name + " " + closure.identity()).getBytes(StandardCharsets.UTF_8));
    }

    // ---- CycloneDX 1.6

    String cycloneDx() {
        ObjectNode bill = json.createObjectNode()
                .put("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json")
                .put("bomFormat", "CycloneDX")
                .put("specVersion", "1.6")
                .put("serialNumber", uuid)
                .put("version", 1);
        ObjectNode metadata = bill.putObject("metadata").put("timestamp", at);
        metadata.putObject("tools")
                .putArray("components")
                .addObject()
                .put("type", "application")
                .put("name", TOOL);
        metadata.putObject("component")
                .put("type", app ? "application" : "operating-system")
                .put("bom-ref", MAIN)
                .put("name", name);
        ArrayNode components = bill.putArray("components");
        ArrayNode dependencies = bill.putArray("dependencies");
        dependsOn(dependencies, MAIN, closure.roots());
        for (Part part : closure.parts()) {
            component(components.addObject(), part);
            dependsOn(dependencies, part.path(), part.references());
        }
        return json.writeValueAsString(bill);
    }

    private static void component(ObjectNode component, Part part) {
        component.put("type", "application").put("bom-ref", part.path()).put("name", part.name());
        if (!part.version().isEmpty()) {
            component.put("version", part.version());
        }
        if (part.sha256() != null) {
            component.putArray("hashes").addObject().put("alg", "SHA-256").put("content", part.sha256());
        }
        component.put("purl", purl(part));
        ArrayNode properties = component.putArray("properties");
        properties.addObject().put("name", "nix:output_path").put("value", STORE + part.path());
        properties.addObject().put("name", "nix:nar_size").put("value", String.valueOf(part.bytes()));
        properties.addObject().put("name", "nix:origin").put("value", part.fetched() ? "binary cache" : "this box");
    }

    private void dependsOn(ArrayNode dependencies, String of, List<Integer> needed) {
        ArrayNode on = dependencies.addObject().put("ref", of).putArray("dependsOn");
        needed.forEach(each -> on.add(closure.parts().get(each).path()));
    }

    // ---- SPDX 2.3

    String spdx() {
        ObjectNode bill = json.createObjectNode()
                .put("spdxVersion", "SPDX-2.3")
                .put("dataLicense", "CC0-1.0")
                .put("SPDXID", "SPDXRef-DOCUMENT")
                .put("name", name)
                .put("documentNamespace", uuid);
        bill.putObject("creationInfo").put("created", at).putArray("creators").add("Tool: " + TOOL);
        ArrayNode packages = bill.putArray("packages");
        ArrayNode relations = bill.putArray("relationships");
        spdxPackage(packages, "SPDXRef-" + MAIN, name, "", app ? "APPLICATION" : "OPERATING_SYSTEM");
        relation(relations, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-" + MAIN);
        closure.roots()
                .forEach(root -> relation(
                        relations,
                        "SPDXRef-" + MAIN,
                        "DEPENDS_ON",
                        id(closure.parts().get(root))));
        for (Part part : closure.parts()) {
            ObjectNode entry = spdxPackage(packages, id(part), part.name(), part.version(), null);
            entry.put("packageFileName", STORE + part.path());
            if (part.sha256() != null) {
                entry.putArray("checksums")
                        .addObject()
                        .put("algorithm", "SHA256")
                        .put("checksumValue", part.sha256());
            }
            entry.putArray("externalRefs")
                    .addObject()
                    .put("referenceCategory", "PACKAGE-MANAGER")
                    .put("referenceType", "purl")
                    .put("referenceLocator", purl(part));
            part.references()
                    .forEach(each -> relation(
                            relations,
                            id(part),
                            "DEPENDS_ON",
                            id(closure.parts().get(each))));
        }
        return json.writeValueAsString(bill);
    }

    private static ObjectNode spdxPackage(
            ArrayNode packages, String id, String name, String version, @Nullable String purpose) {
        ObjectNode entry = packages.addObject()
                .put("SPDXID", id)
                .put("name", name)
                .put("downloadLocation", "NOASSERTION")
                .put("filesAnalyzed", false)
                .put("licenseConcluded", "NOASSERTION")
                .put("licenseDeclared", "NOASSERTION")
                .put("copyrightText", "NOASSERTION");
        if (!version.isEmpty()) {
            entry.put("versionInfo", version);
        }
        if (purpose != null) {
            entry.put("primaryPackagePurpose", purpose);
        }
        return entry;
    }

    private static void relation(ArrayNode relations, String from, String type, String to) {
        relations
                .addObject()
                .put("spdxElementId", from)
                .put("relationshipType", type)
                .put("relatedSpdxElement", to);
    }

    private static String id(Part part) {
        return "SPDXRef-" + part.path().substring(0, Math.min(HASH, part.path().length()));
    }

    // ---- both

    private static String purl(Part part) {
        String base = "pkg:nix/" + encoded(part.name());
        return part.version().isEmpty() ? base : base + "@" + encoded(part.version());
    }

    /** Percent-encoded as package URLs want it, which is more than names of store paths need. */
    private static String encoded(String text) {
        var found = new StringBuilder(text.length());
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (each & 0xff);
            if (c < 128 && (Character.isLetterOrDigit(c) || ".-_~".indexOf(c) >= 0)) {
                found.append(c);
            } else {
                found.append(String.format("%%%02X", (int) c));
            }
        }
        return found.toString();
    }
}

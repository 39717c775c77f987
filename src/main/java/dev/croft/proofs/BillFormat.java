package dev.croft.proofs;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.Arrays;

/** Formats of a bill of materials. */
public enum BillFormat {
    CYCLONEDX("cyclonedx", "CycloneDX", "application/vnd.cyclonedx+json; version=1.6", "cdx.json"),
    SPDX("spdx", "SPDX", "application/spdx+json", "spdx.json");

    private final String word;
    private final String title;
    private final String mediaType;
    private final String ending;

    BillFormat(String word, String title, String mediaType, String ending) {
        this.word = word;
        this.title = title;
        this.mediaType = mediaType;
        this.ending = ending;
    }

    /** INVALID_INPUT for any other word. */
    public static BillFormat of(String word) {
        return Arrays.stream(values())
                .filter(each -> each.word.equals(word))
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ProblemCode.INVALID_INPUT,
                                "No bill of materials was written.",
                                "format: it is one of cyclonedx, spdx.",
                                "Correct it and try again.")
                        .toException());
    }

    public String word() {
        return word;
    }

    /** As people know it. */
    public String title() {
        return title;
    }

    public String mediaType() {
        return mediaType;
    }

    /** Of a file's name, without the dot. */
    public String ending() {
        return ending;
    }
}

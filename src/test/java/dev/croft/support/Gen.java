package dev.croft.support;

import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Random values from a seed, for property tests: the seed goes into the failure text, so a failure can be repeated. */
public final class Gen {

    private static final String[] TRICKY = {
        "",
        " ",
        "\"",
        "'",
        "\\",
        "\\n",
        "\n",
        "\r\n",
        "\t",
        "\u0001",
        "\u001b[31m",
        "$HOME",
        "${x}",
        "''${x}''",
        "%n",
        "`id`",
        "$(id)",
        ";",
        "--",
        "é",
        "漢字",
        "🎉",
        "\u2028",
        "\ufeff",
        "\u007f",
        "</script>",
        "{}",
        "null"
    };

    private final long seed;
    private final Random random;

    public Gen(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    public long seed() {
        return seed;
    }

    public int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    public boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    public <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    public <T> List<T> list(int most, Supplier<T> element) {
        return java.util.stream.Stream.generate(element).limit(between(0, most)).toList();
    }

    /** Characters of the alphabet. */
    public String word(String alphabet, int least, int most) {
        StringBuilder word = new StringBuilder();
        int length = between(least, most);
        for (int i = 0; i < length; i++) {
            word.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return word.toString();
    }

    /** Text of the kind that breaks programs that paste strings together. */
    public String text(int pieces) {
        StringBuilder text = new StringBuilder();
        int count = between(0, pieces);
        for (int i = 0; i < count; i++) {
            text.append(chance(50) ? TRICKY[random.nextInt(TRICKY.length)] : word("abcXYZ019 ", 1, 8));
        }
        return text.toString();
    }
}

package io.modelmill.worker.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Distinct texts of a column, numbered as they are first seen. */
final class Dictionary {
    private final Map<String, Integer> codes = new HashMap<>();
    private final List<String> texts = new ArrayList<>();

    /** The text's number, new or not. */
    int code(String text) {
        Integer known = codes.get(text);
        if (known != null) {
            return known;
        }
        codes.put(text, texts.size());
        texts.add(text);
        return texts.size() - 1;
    }

    int size() {
        return texts.size();
    }

    String text(int code) {
        return texts.get(code);
    }

    /** Codes of texts in numeric order if all are numbers, else as text. */
    List<Integer> ordered(List<Integer> some) {
        boolean numeric = some.stream().allMatch(code -> isNumber(text(code)));
        Comparator<Integer> byText = Comparator.comparing(this::text);
        return some.stream()
                .sorted(
                        numeric
                                ? Comparator.<Integer>comparingDouble(code -> Double.parseDouble(text(code)))
                                        .thenComparing(byText)
                                : byText)
                .toList();
    }

    /** Java's parser also reads NaN, Infinity, hexadecimal numbers, suffixes and blanks around, which are no numbers here. */
    private static boolean isNumber(String text) {
        if (!text.chars().allMatch(c -> (c >= '0' && c <= '9') || ".-+eE".indexOf(c) >= 0)) {
            return false;
        }
        try {
            return Double.isFinite(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return false;
        }
    }
}

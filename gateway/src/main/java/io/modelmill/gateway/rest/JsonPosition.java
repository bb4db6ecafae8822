package io.modelmill.gateway.rest;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;

/** Where a parser stands, as people count. */
final class JsonPosition {
    private JsonPosition() {}

    static String of(JsonParser json) {
        return of(json.currentTokenLocation());
    }

    static String of(JsonLocation location) {
        return location.getLineNr() > 0
                ? "line " + location.getLineNr() + ", column " + location.getColumnNr()
                : "its place";
    }
}

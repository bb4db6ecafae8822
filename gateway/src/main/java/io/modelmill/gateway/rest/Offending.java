package io.modelmill.gateway.rest;

/** What was wrong in a request, in words of our own, which errors show without the quotes of a value. */
record Offending(String words) {
    @Override
    public String toString() {
        return words;
    }
}

package io.modelmill.fleet.backup;

/** A table or a sequence in its schema. */
record TableName(String schema, String name) {
    /** As a part of SQL. */
    String quoted() {
        return quoted(schema) + "." + quoted(name);
    }

    static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    @Override
    public String toString() {
        return schema + "." + name;
    }
}

package io.modelmill.registry.dataset;

import java.util.Optional;

/** What the maker of a version says about a column. */
record DeclaredColumn(String name, Optional<ColumnType> type) {}

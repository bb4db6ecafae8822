package io.modelmill.servicekit.paging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PageRequestTest {
    @Test
    void walksThroughAllPages() {
        PageRequest first = PageRequest.of(2, "");
        Page<String> page = first.page(List.of("a", "b", "c"), key -> key);
        assertThat(page.items()).containsExactly("a", "b");

        PageRequest second = PageRequest.of(2, page.nextPageToken());
        assertThat(second.after()).isEqualTo("b");
        assertThat(second.page(List.of("c"), key -> key).nextPageToken()).isEmpty();
    }

    @Test
    void boundsTheSize() {
        assertThat(PageRequest.of(0, "").size()).isEqualTo(50);
        assertThat(PageRequest.of(1_001, "").size()).isEqualTo(1_000);
    }

    @Test
    void refusesNegativeSizeAndForeignToken() {
        assertThatThrownBy(() -> PageRequest.of(-1, "%%%"))
                .hasMessage("page_size: -1 (expected: >= 0);"
                        + " page_token: \"%%%\" (expected: next_page_token of an earlier answer)");
    }
}

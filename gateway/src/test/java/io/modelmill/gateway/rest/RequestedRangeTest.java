package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.modelmill.servicekit.error.ServiceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestedRangeTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 0",
        "bytes=0-99, 0, 99",
        "bytes=10-19, 10, 19",
        "bytes=10-, 10, 99",
        "bytes=99-, 99, 99",
        "bytes=90-200, 90, 99",
        "bytes=-1, 99, 99",
        "bytes=-100, 0, 99",
        "bytes=-500, 0, 99",
    })
    void takesOneRange(String header, long first, long last) {
        assertThat(RequestedRange.of(header, 100)).contains(new RequestedRange(first, last));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=0--1"})
    void answersWithTheWholeFileWhereTheHeaderMayBeLeftUnread(String header) {
        assertThat(RequestedRange.of(header, 100)).isEmpty();
    }

    @Test
    void needsNoHeader() {
        assertThat(RequestedRange.of(null, 100)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"bytes=100-, 100", "bytes=100-200, 100", "bytes=-0, 100", "bytes=0-, 0", "bytes=-5, 0"})
    void refusesBytesThatTheFileDoesNotHave(String header, long size) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> RequestedRange.of(header, size))
                .withMessage("range: \"" + header + "\" (expected: bytes of a file of " + size + ")");
    }
}

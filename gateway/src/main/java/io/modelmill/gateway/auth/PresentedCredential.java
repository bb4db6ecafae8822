package io.modelmill.gateway.auth;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.security.BearerToken;
import org.jspecify.annotations.Nullable;

/** Finds the credential in the headers of a call, the same for both doors. */
public final class PresentedCredential {
    /** The other header that may carry a key. */
    public static final String API_KEY_HEADER = "x-api-key";

    private PresentedCredential() {}

    /**
     * The credential's text.
     *
     * @param authorization value of {@code authorization}, which goes first
     * @param apiKey value of {@code x-api-key}
     * @throws ServiceException UNAUTHENTICATED if there is none
     */
    public static String of(@Nullable String authorization, @Nullable String apiKey) {
        if (authorization != null) {
            return BearerToken.read(authorization)
                    .orElseThrow(() -> new ServiceException(
                            CommonReason.CREDENTIAL_INVALID, "authorization: another scheme (expected: Bearer KEY)"));
        }
        if (apiKey != null) {
            return apiKey.strip();
        }
        throw new ServiceException(
                CommonReason.CREDENTIAL_INVALID, "authorization: missing (expected: Bearer KEY, or x-api-key: KEY)");
    }
}

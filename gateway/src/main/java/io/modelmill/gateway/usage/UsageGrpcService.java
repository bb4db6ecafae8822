package io.modelmill.gateway.usage;

import io.grpc.stub.StreamObserver;
import io.modelmill.proto.gateway.v1.ListTrainingUsagesRequest;
import io.modelmill.proto.gateway.v1.ListTrainingUsagesResponse;
import io.modelmill.proto.gateway.v1.UsageServiceGrpc;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.YearMonth;

/** What tenants used, for administrators and for the tenant itself. */
@GrpcService
class UsageGrpcService extends UsageServiceGrpc.UsageServiceImplBase {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");
    /** After any month that PostgreSQL knows. */
    private static final LocalDate END = LocalDate.of(9999, 12, 31);

    private final GrpcCalls calls;
    private final PostgresTrainingUsages usages;

    UsageGrpcService(GrpcCalls calls, PostgresTrainingUsages usages) {
        this.calls = calls;
        this.usages = usages;
    }

    @Override
    public void listTrainingUsages(
            ListTrainingUsagesRequest request, StreamObserver<ListTrainingUsagesResponse> response) {
        calls.answer(response, () -> {
            String tenant = TENANT.parse(request.getParent(), "parent").getFirst();
            Caller caller = Caller.current();
            if (!caller.has(Role.PLATFORM_ADMIN)) {
                caller.requireTenant(tenant, request.getParent(), Role.TENANT);
            }
            PageRequest page = PageRequest.of(request.getPageSize(), request.getPageToken());
            return UsageProtoMapper.response(page.page(
                    usages.list(tenant, before(page), page.limit()),
                    usage -> usage.month().toString()));
        });
    }

    private static LocalDate before(PageRequest page) {
        if (page.after().isEmpty()) {
            return END;
        }
        try {
            return YearMonth.parse(page.after()).atDay(1);
        } catch (DateTimeException e) {
            throw Violations.of("page_token", page.after(), "next_page_token of an earlier answer");
        }
    }
}

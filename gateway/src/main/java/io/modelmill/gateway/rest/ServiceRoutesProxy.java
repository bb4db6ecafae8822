package io.modelmill.gateway.rest;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.modelmill.proto.gateway.v1.TenantServiceGrpc;
import io.modelmill.proto.gateway.v1.TokenServiceGrpc;
import io.modelmill.proto.gateway.v1.UsageServiceGrpc;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.DatasetServiceGrpc;
import io.modelmill.proto.registry.v1.GarbageServiceGrpc;
import io.modelmill.proto.registry.v1.LineageServiceGrpc;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.StorageQuotaServiceGrpc;
import io.modelmill.proto.training.v1.SweepServiceGrpc;
import io.modelmill.proto.training.v1.TenantQuotaServiceGrpc;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import java.util.ArrayList;
import java.util.List;

/** All methods that are spoken to as JSON, with their paths under {@code /v1/}. Files and predictions are apart. */
final class ServiceRoutesProxy {
    private static final String TENANT = "tenants/*";
    private static final String MODEL = TENANT + "/models/*";
    private static final String UPLOAD = TENANT + "/artifactUploads/*";
    private static final String DATASET = TENANT + "/datasets/*";
    private static final String JOB = TENANT + "/trainingJobs/*";
    private static final String SWEEP = TENANT + "/sweeps/*";

    private ServiceRoutesProxy() {}

    static List<HttpRoute> all() {
        List<HttpRoute> routes = new ArrayList<>();
        tenants(new Of(TenantServiceGrpc.getServiceDescriptor(), routes));
        new Of(TokenServiceGrpc.getServiceDescriptor(), routes).add("POST", "token:exchange", "ExchangeToken", "");
        usages(new Of(UsageServiceGrpc.getServiceDescriptor(), routes));
        models(new Of(ModelServiceGrpc.getServiceDescriptor(), routes));
        uploads(new Of(ArtifactServiceGrpc.getServiceDescriptor(), routes));
        datasets(new Of(DatasetServiceGrpc.getServiceDescriptor(), routes));
        storageQuotas(new Of(StorageQuotaServiceGrpc.getServiceDescriptor(), routes));
        new Of(GarbageServiceGrpc.getServiceDescriptor(), routes).add("POST", "garbage:collect", "CollectGarbage", "*");
        lineage(new Of(LineageServiceGrpc.getServiceDescriptor(), routes));
        jobs(new Of(TrainingJobServiceGrpc.getServiceDescriptor(), routes));
        quotas(new Of(TenantQuotaServiceGrpc.getServiceDescriptor(), routes));
        sweeps(new Of(SweepServiceGrpc.getServiceDescriptor(), routes));
        return List.copyOf(routes);
    }

    private static void tenants(Of service) {
        service.add("POST", "tenants", "CreateTenant", "tenant");
        service.add("GET", "tenants", "ListTenants", "");
        service.add("GET", "{name=" + TENANT + "}", "GetTenant", "");
        service.add("POST", "{parent=" + TENANT + "}/apiKeys", "CreateApiKey", "api_key");
        service.add("GET", "{parent=" + TENANT + "}/apiKeys", "ListApiKeys", "");
        service.add("DELETE", "{name=" + TENANT + "/apiKeys/*}", "DeleteApiKey", "");
    }

    private static void usages(Of service) {
        service.add("GET", "{parent=" + TENANT + "}/trainingUsages", "ListTrainingUsages", "");
    }

    private static void models(Of service) {
        service.add("POST", "{parent=" + TENANT + "}/models", "CreateModel", "model");
        service.add("GET", "{parent=" + TENANT + "}/models", "ListModels", "");
        service.add("GET", "{name=" + MODEL + "}", "GetModel", "");
        service.add("PATCH", "{model.name=" + MODEL + "}", "UpdateModel", "model");
        service.add("POST", "{parent=" + MODEL + "}/versions", "CreateModelVersion", "model_version");
        service.add("GET", "{parent=" + MODEL + "}/versions", "ListModelVersions", "");
        service.add("GET", "{name=" + MODEL + "/versions/*}", "GetModelVersion", "");
        service.add("PATCH", "{model_version.name=" + MODEL + "/versions/*}", "UpdateModelVersion", "model_version");
        service.add("POST", "{name=" + MODEL + "/versions/*}:archive", "ArchiveModelVersion", "*");
        service.add("POST", "{name=" + MODEL + "/versions/*}:restore", "RestoreModelVersion", "*");
        service.add("POST", "{name=" + MODEL + "/versions/*}:revoke", "RevokeModelVersion", "*");
        service.add("DELETE", "{name=" + MODEL + "/versions/*}", "DeleteModelVersion", "");
        service.add("POST", "{name=" + MODEL + "/versions/*}:undelete", "UndeleteModelVersion", "*");
        service.add("GET", "{parent=" + MODEL + "}/aliases", "ListAliases", "");
        service.add("GET", "{name=" + MODEL + "/aliases/*}", "GetAlias", "");
        service.add("PUT", "{alias.name=" + MODEL + "/aliases/*}", "UpdateAlias", "alias");
        service.add("DELETE", "{name=" + MODEL + "/aliases/*}", "DeleteAlias", "");
        service.add("GET", "{name=" + MODEL + "/rollout}", "GetRollout", "");
    }

    private static void uploads(Of service) {
        service.add("POST", "{parent=" + TENANT + "}/artifactUploads", "CreateArtifactUpload", "artifact_upload");
        service.add("GET", "{parent=" + TENANT + "}/artifactUploads", "ListArtifactUploads", "");
        service.add("GET", "{name=" + UPLOAD + "}", "GetArtifactUpload", "");
        service.add("POST", "{name=" + UPLOAD + "}:finish", "FinishArtifactUpload", "");
        service.add("DELETE", "{name=" + UPLOAD + "}", "DeleteArtifactUpload", "");
    }

    private static void storageQuotas(Of service) {
        service.add("GET", "{name=" + TENANT + "/storageQuota}", "GetStorageQuota", "");
        service.add("PUT", "{storage_quota.name=" + TENANT + "/storageQuota}", "UpdateStorageQuota", "storage_quota");
    }

    private static void datasets(Of service) {
        service.add("POST", "{parent=" + TENANT + "}/datasets", "CreateDataset", "dataset");
        service.add("GET", "{parent=" + TENANT + "}/datasets", "ListDatasets", "");
        service.add("GET", "{name=" + DATASET + "}", "GetDataset", "");
        service.add("POST", "{parent=" + DATASET + "}/versions", "CreateDatasetVersion", "dataset_version");
        service.add("GET", "{parent=" + DATASET + "}/versions", "ListDatasetVersions", "");
        service.add("GET", "{name=" + DATASET + "/versions/*}", "GetDatasetVersion", "");
        service.add("DELETE", "{name=" + DATASET + "/versions/*}", "DeleteDatasetVersion", "");
        service.add("POST", "{name=" + DATASET + "/versions/*}:undelete", "UndeleteDatasetVersion", "*");
    }

    private static void lineage(Of service) {
        for (String start : List.of(MODEL + "/versions/*", DATASET + "/versions/*", JOB)) {
            service.add("GET", "{name=" + start + "}:lineage", "GetLineage", "");
        }
    }

    private static void jobs(Of service) {
        service.add("POST", "{parent=" + TENANT + "}/trainingJobs", "CreateTrainingJob", "training_job");
        service.add("GET", "{parent=" + TENANT + "}/trainingJobs", "ListTrainingJobs", "");
        service.add("GET", "{name=" + JOB + "}", "GetTrainingJob", "");
        service.add("POST", "{name=" + JOB + "}:cancel", "CancelTrainingJob", "");
        service.add("GET", "{name=" + JOB + "}:watch", "WatchTrainingJob", "");
        service.add("GET", "{parent=" + JOB + "}/metricPoints", "ListMetricPoints", "");
    }

    private static void quotas(Of service) {
        service.add("GET", "{name=" + TENANT + "/trainingQuota}", "GetTenantQuota", "");
        service.add("PUT", "{name=" + TENANT + "/trainingQuota}", "SetTenantQuota", "granted");
    }

    private static void sweeps(Of service) {
        service.add("POST", "{parent=" + TENANT + "}/sweeps", "CreateSweep", "sweep");
        service.add("GET", "{parent=" + TENANT + "}/sweeps", "ListSweeps", "");
        service.add("GET", "{name=" + SWEEP + "}", "GetSweep", "");
        service.add("GET", "{parent=" + SWEEP + "}/trials", "ListTrials", "");
        service.add("POST", "{name=" + SWEEP + "}:cancel", "CancelSweep", "");
    }

    /** Adds routes to one service's methods. */
    private record Of(ServiceDescriptor service, List<HttpRoute> routes) {
        void add(String httpMethod, String template, String name, String body) {
            MethodDescriptor<Message, Message> method = method(name);
            if (!(method.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<Message> marshaller)
                    || marshaller.getMessagePrototype() == null) {
                throw new IllegalStateException(name + " takes no protocol buffers");
            }
            routes.add(HttpRoute.of(httpMethod, template, body, method, marshaller.getMessagePrototype()));
        }

        @SuppressWarnings("unchecked") // every generated method takes and answers messages
        private MethodDescriptor<Message, Message> method(String name) {
            return (MethodDescriptor<Message, Message>) service.getMethods().stream()
                    .filter(method -> name.equals(method.getBareMethodName()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no method " + name + " in " + service.getName()));
        }
    }
}

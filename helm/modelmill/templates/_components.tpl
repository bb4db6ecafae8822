{{/*
The four services: the key of their values, their ports, the database flag and who of the fleet calls them.
The one place that knows them; everything that all four have in common ranges over it.
*/}}
{{- define "modelmill.components" -}}
gateway:
  values: gateway
  http: 7400
  https: 7443
  grpc: 7401
  database: true
  callers: []
  autoscaling: true
registry-service:
  values: registryService
  http: 7410
  grpc: 7411
  database: true
  callers: [gateway, training-service, inference-service]
  autoscaling: false
training-service:
  values: trainingService
  http: 7420
  grpc: 7421
  database: true
  callers: [gateway]
  autoscaling: false
inference-service:
  values: inferenceService
  http: 7430
  grpc: 7431
  database: false
  # Headless: callers resolve the ready pods and choose among them.
  headless: true
  callers: [gateway]
  autoscaling: true
{{- end -}}

{{/* Release-wide name; 40 characters leave room for a component's. */}}
{{- define "modelmill.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels by which selectors find the pods of a component: (dict "root" $ "name" component). */}}
{{- define "modelmill.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* All labels of a component's objects: (dict "root" $ "name" component "more" dict), where more may be absent. */}}
{{- define "modelmill.labels" -}}
{{ include "modelmill.selectorLabels" . }}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with merge (dict) (.more | default dict) .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* metadata of an object that bears its component's name, with the labels' arguments. */}}
{{- define "modelmill.metadata" -}}
name: {{ include "modelmill.fullname" .root }}-{{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "modelmill.labels" . | nindent 2 }}
{{- end -}}

{{/* gRPC target of a service, resolved by the caller: (dict "root" $ "name" component). */}}
{{- define "modelmill.address" -}}
{{- $component := get (include "modelmill.components" .root | fromYaml) .name -}}
{{- printf "dns:///%s-%s.%s.svc:%d" (include "modelmill.fullname" .root) .name .root.Release.Namespace (int $component.grpc) -}}
{{- end -}}

{{/* Image reference; a digest wins over a tag: (dict "root" $ "image" component's image values). */}}
{{- define "modelmill.image" -}}
{{- $global := .root.Values.image -}}
{{- with $global.registry }}{{ . }}/{{ end -}}
{{- .image.repository -}}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default $global.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- define "modelmill.serviceAccountName" -}}
{{- $account := .serviceAccount -}}
{{- $account.name | default (ternary (printf "%s-%s" (include "modelmill.fullname" .root) .name) "default" $account.create) -}}
{{- end -}}

{{/* Whether workers are Jobs of the namespace; empty if not. */}}
{{- define "modelmill.workersAreJobs" -}}
{{- if eq .Values.trainingService.runner.type "kubernetes" }}true{{ end -}}
{{- end -}}

{{- define "modelmill.workerServiceAccountName" -}}
{{- include "modelmill.serviceAccountName" (dict "root" . "name" "training-worker" "serviceAccount" .Values.trainingService.runner.kubernetes.serviceAccount) -}}
{{- end -}}

{{/* Labels by which the training-service marks the pods of its workers. */}}
{{- define "modelmill.workerLabels" -}}
app.kubernetes.io/name: training-worker
app.kubernetes.io/instance: {{ include "modelmill.fullname" . }}
app.kubernetes.io/managed-by: modelmill-training-service
{{- end -}}

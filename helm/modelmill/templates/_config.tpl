{{/* Settings that all four services have: (dict "root" $ "name" component). */}}
{{- define "modelmill.commonConfig" -}}
{{- $component := get (include "modelmill.components" .root | fromYaml) .name -}}
QUARKUS_HTTP_HOST: "0.0.0.0"
QUARKUS_HTTP_PORT: {{ $component.http | quote }}
QUARKUS_GRPC_SERVER_HOST: "0.0.0.0"
QUARKUS_GRPC_SERVER_PORT: {{ $component.grpc | quote }}
QUARKUS_SHUTDOWN_TIMEOUT: {{ printf "%ds" (int .root.Values.drain.timeoutSeconds) }}
QUARKUS_LOG_LEVEL: {{ .root.Values.logLevel }}
MODELMILL_SECURITY_TRUSTED_KEYS_FILE: /etc/modelmill/keys/trusted.json
MODELMILL_SECURITY_SIGNING_KEY_FILE: /etc/modelmill/keys/signing.json
{{- with .root.Values.telemetry.otlpEndpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Address of a service's database; its credentials come from a secret: (dict "root" $ "database" values). */}}
{{- define "modelmill.databaseConfig" -}}
{{- $server := .root.Values.postgresql -}}
{{- $url := printf "jdbc:postgresql://%s:%d/%s?sslmode=%s" $server.host (int $server.port) .database.name $server.sslMode -}}
{{- if $server.caCertificate.existingSecret -}}
{{- $url = printf "%s&sslrootcert=/etc/modelmill/postgresql/ca.crt" $url -}}
{{- end -}}
QUARKUS_DATASOURCE_JDBC_URL: {{ $url | quote }}
{{- end -}}

{{/* Nodes of workers as settings of the training-service: (dict "of" values "variable" prefix of the variables). */}}
{{- define "modelmill.placement" -}}
{{- with .of.nodeSelector -}}
{{- $labels := list -}}
{{- range $label, $value := . -}}
{{- $labels = append $labels (printf "%s=%s" $label $value) -}}
{{- end -}}
{{ $.variable }}_NODE_SELECTOR: {{ join "," $labels | quote }}
{{ end -}}
{{- with .of.tolerations -}}
{{ $.variable }}_TOLERATIONS: {{ join "," . | quote }}
{{- end -}}
{{- end -}}

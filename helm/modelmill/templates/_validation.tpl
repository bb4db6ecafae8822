{{/*
What values.schema.json cannot say: the values that have no default, and those that must fit each other.
All faults are listed at once.
*/}}
{{- define "modelmill.validate" -}}
{{- $values := .Values -}}
{{- $faults := list -}}
{{- $required := list
  (list "postgresql.host" $values.postgresql.host "the host name of your PostgreSQL server")
  (list "kafka.bootstrapServers" $values.kafka.bootstrapServers "host:port of your Kafka brokers, comma-separated")
  (list "tokenKeys.existingSecret" $values.tokenKeys.existingSecret "the name of the secret with the token keys")
  (list "gateway.auth.existingSecret" $values.gateway.auth.existingSecret "the name of the secret with pepper and admin-key")
-}}
{{- range $name, $component := include "modelmill.components" . | fromYaml -}}
{{- if $component.database -}}
{{- $database := get (get $values $component.values) "database" -}}
{{- $required = append $required (list (printf "%s.database.existingSecret" $component.values) $database.existingSecret "the name of the secret with the database's username and password") -}}
{{- end -}}
{{- end -}}
{{- range $required -}}
{{- if not (index . 1) -}}
{{- $faults = append $faults (printf "%s: not set (expected: %s)" (index . 0) (index . 2)) -}}
{{- end -}}
{{- end -}}
{{- if and (hasPrefix "verify-" $values.postgresql.sslMode) (not $values.postgresql.caCertificate.existingSecret) -}}
{{- $faults = append $faults (printf "postgresql.caCertificate.existingSecret: not set (expected: the name of a secret, for sslMode is %s)" $values.postgresql.sslMode) -}}
{{- end -}}
{{- $registry := $values.registryService -}}
{{- if and (gt (int $registry.replicas) 1) (ne $registry.artifacts.accessMode "ReadWriteMany") -}}
{{- $faults = append $faults (printf "registryService.replicas: %d (expected: 1, for artifacts.accessMode is %s and not ReadWriteMany)" (int $registry.replicas) $registry.artifacts.accessMode) -}}
{{- end -}}
{{- range $name, $component := include "modelmill.components" . | fromYaml -}}
{{- if $component.autoscaling -}}
{{- $scaling := get (get $values $component.values) "autoscaling" -}}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
{{- $faults = append $faults (printf "%s.autoscaling.minReplicas: %d (expected: <= maxReplicas, %d)" $component.values (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $values.networkPolicy.enabled (or $values.monitoring.enabled $values.monitoring.podAnnotations) (not $values.networkPolicy.metricsClients) -}}
{{- $faults = append $faults "networkPolicy.metricsClients: empty (expected: the pods that read metrics, for monitoring is on)" -}}
{{- end -}}
{{- if and $values.networkPolicy.enabled $values.networkPolicy.egress.enabled (not $values.networkPolicy.egress.external) -}}
{{- $faults = append $faults "networkPolicy.egress.external: empty (expected: at least the way to PostgreSQL and Kafka)" -}}
{{- end -}}
{{- if $faults -}}
{{- fail (printf "\n\nthe values cannot work:\n  - %s\n" (join "\n  - " $faults)) -}}
{{- end -}}
{{- end -}}

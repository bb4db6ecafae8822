{{- define "modelmill.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
timeoutSeconds: 3
periodSeconds: {{ .period }}
failureThreshold: {{ .failures }}
{{- end -}}

{{/*
The Deployment of a component:
(dict "root" $ "name" component "strategy" YAML "env" YAML "ports" YAML "mounts" YAML "volumes" YAML "limits" dict,
"drainsItself" bool: whether it waits after SIGTERM until callers have left it, so that no sleep is needed before,
"callsKubernetes" any: whether it gets a token of the Kubernetes API),
where all but root and name may be absent.
*/}}
{{- define "modelmill.deployment" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $component := get (include "modelmill.components" $root | fromYaml) $name -}}
{{- $values := get $root.Values $component.values -}}
{{- $autoscaled := and $component.autoscaling (dig "autoscaling" "enabled" false $values) -}}
{{- $postgresCa := and $component.database $root.Values.postgresql.caCertificate.existingSecret -}}
{{- $resources := deepCopy $values.resources -}}
{{- with .limits -}}
{{- $_ := set $resources "limits" (merge . (get $resources "limits" | default dict)) -}}
{{- end -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "modelmill.metadata" . | nindent 2 }}
spec:
  {{- if not $autoscaled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    {{- if .strategy }}
    {{- .strategy | nindent 4 }}
    {{- else }}
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
    {{- end }}
  selector:
    matchLabels:
      {{- include "modelmill.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "modelmill.labels" (dict "root" $root "name" $name "more" $values.podLabels) | nindent 8 }}
      annotations:
        checksum/config: {{ include (print $root.Template.BasePath "/" $name "/config.yaml") $root | sha256sum }}
        {{- if $root.Values.monitoring.podAnnotations }}
        prometheus.io/scrape: "true"
        prometheus.io/path: /q/metrics
        prometheus.io/port: {{ $component.http | quote }}
        {{- end }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "modelmill.serviceAccountName" (dict "root" $root "name" $name "serviceAccount" $values.serviceAccount) }}
      automountServiceAccountToken: {{ not (empty .callsKubernetes) }}
      # The variables of service links would be taken for properties: MODELMILL_GATEWAY_PORT.
      enableServiceLinks: false
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $values.runtimeClassName }}
      runtimeClassName: {{ . }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        {{- with $root.Values.security.runAsUser }}
        runAsUser: {{ int . }}
        runAsGroup: {{ int . }}
        {{- end }}
        {{- with $root.Values.security.fsGroup }}
        # Lets the service read its secret files, which belong to root.
        fsGroup: {{ int . }}
        fsGroupChangePolicy: OnRootMismatch
        {{- end }}
        seccompProfile:
          type: RuntimeDefault
      # Requests that are in flight when the sleep ends have the drain's time, the JVM five seconds more.
      terminationGracePeriodSeconds: {{ add $root.Values.drain.preStopSeconds $root.Values.drain.timeoutSeconds 5 }}
      {{- if $root.Values.topologySpread.enabled }}
      topologySpreadConstraints:
        {{- range $root.Values.topologySpread.topologyKeys }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: {{ $root.Values.topologySpread.whenUnsatisfiable }}
          labelSelector:
            matchLabels:
              {{- include "modelmill.selectorLabels" $ | nindent 14 }}
          matchLabelKeys: [pod-template-hash]
        {{- end }}
      {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ $name }}
          image: {{ include "modelmill.image" (dict "root" $root "image" $values.image) | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          command: [java]
          args:
            - --enable-native-access=ALL-UNNAMED
            - --sun-misc-unsafe-memory-access=allow
            {{- range $values.javaOptions }}
            - {{ . | quote }}
            {{- end }}
            - -jar
            - /opt/modelmill/quarkus-run.jar
          envFrom:
            - configMapRef:
                name: {{ include "modelmill.fullname" $root }}-{{ $name }}
          {{- if or $component.database .env $values.extraEnv }}
          env:
            {{- if $component.database }}
            - name: QUARKUS_DATASOURCE_USERNAME
              valueFrom:
                secretKeyRef:
                  name: {{ $values.database.existingSecret }}
                  key: {{ $values.database.usernameKey }}
            - name: QUARKUS_DATASOURCE_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: {{ $values.database.existingSecret }}
                  key: {{ $values.database.passwordKey }}
            {{- end }}
            {{- with .env }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- with $values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- end }}
          ports:
            - name: http
              containerPort: {{ $component.http }}
            - name: grpc
              containerPort: {{ $component.grpc }}
            {{- with .ports }}
            {{- . | nindent 12 }}
            {{- end }}
          startupProbe:
            {{- include "modelmill.probe" (dict "path" "/q/health/live" "period" 2 "failures" (div (add $values.startupSeconds 1) 2)) | nindent 12 }}
          livenessProbe:
            {{- include "modelmill.probe" (dict "path" "/q/health/live" "period" 10 "failures" 3) | nindent 12 }}
          readinessProbe:
            {{- include "modelmill.probe" (dict "path" "/q/health/ready" "period" 5 "failures" 2) | nindent 12 }}
          {{- if and $root.Values.drain.preStopSeconds (not .drainsItself) }}
          lifecycle:
            preStop:
              # Endpoints and load balancers forget the pod before it stops to take calls.
              sleep:
                seconds: {{ $root.Values.drain.preStopSeconds }}
          {{- end }}
          resources:
            {{- toYaml $resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            - name: keys
              mountPath: /etc/modelmill/keys
              readOnly: true
            {{- if $postgresCa }}
            - name: postgresql-ca
              mountPath: /etc/modelmill/postgresql
              readOnly: true
            {{- end }}
            {{- with .mounts }}
            {{- . | nindent 12 }}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: {{ $values.tmpSize }}
        - name: keys
          secret:
            secretName: {{ $root.Values.tokenKeys.existingSecret }}
            defaultMode: 0400
            items:
              - key: trusted.json
                path: trusted.json
              - key: {{ $name }}.json
                path: signing.json
        {{- if $postgresCa }}
        - name: postgresql-ca
          secret:
            secretName: {{ $root.Values.postgresql.caCertificate.existingSecret }}
            defaultMode: 0400
            items:
              - key: {{ $root.Values.postgresql.caCertificate.key }}
                path: ca.crt
        {{- end }}
        {{- with .volumes }}
        {{- . | nindent 8 }}
        {{- end }}
{{- end -}}

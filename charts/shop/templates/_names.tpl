{{- /* Kubernetes' standard labels: (dict "context" $ "name" "postgres" "component" "database") */ -}}
{{- define "shop.labels" -}}
{{ include "shop.selector" . }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: warren
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
helm.sh/chart: {{ .context.Chart.Name }}-{{ .context.Chart.Version }}
{{- end }}

{{- define "shop.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
{{- end }}

{{- /* Metadata of what the broker holds. It outlives the release, because deleting it would lose messages. */ -}}
{{- define "shop.brokerMetadata" -}}
metadata:
  name: {{ .name | quote }}
  labels: {{- include "shop.labels" (dict "context" .context "name" "rabbit" "component" "broker") | nindent 4 }}
  annotations: { helm.sh/resource-policy: keep }
{{- end }}

{{- define "shop.broker" -}}
rabbitmqClusterReference: { name: rabbit }
{{- end }}

{{- /* A regular expression, as RabbitMQ uses it, for this name and no other. */ -}}
{{- define "shop.only" -}}
^{{ replace "." "\\." . }}$
{{- end }}

{{- /* Both together are what Pod Security `restricted` asks for; the file system is closed on top. */ -}}
{{- define "shop.podSecurity" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ . }}
  runAsGroup: {{ . }}
  fsGroup: {{ . }}
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "shop.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

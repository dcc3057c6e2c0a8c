{{- /* The standard Kubernetes labels: (dict "context" $ "name" "postgres" "component" "database") */ -}}
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

{{- /* Metadata of the broker and its objects. They outlive the release, because deleting them would lose messages. */ -}}
{{- define "shop.brokerMetadata" -}}
metadata:
  name: {{ .name | quote }}
  labels: {{- include "shop.labels" (dict "context" .context "name" "rabbit" "component" "broker") | nindent 4 }}
  annotations: { helm.sh/resource-policy: keep }
{{- end }}

{{- define "shop.broker" -}}
rabbitmqClusterReference: { name: rabbit }
{{- end }}

{{- /* A RabbitMQ regular expression that matches exactly this name. */ -}}
{{- define "shop.only" -}}
^{{ replace "." "\\." . }}$
{{- end }}

{{- /* Both together meet Pod Security `restricted`; the file system is read-only in addition. */ -}}
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

{{- /* The standard Kubernetes labels: (dict "context" $ "name" "postgres" "component" "database") */ -}}
{{- define "system.labels" -}}
{{ include "system.podLabels" . }}
helm.sh/chart: {{ .context.Chart.Name }}-{{ .context.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Labels without any that change with the chart alone: on pods, such a change would replace them. */ -}}
{{- define "system.podLabels" -}}
{{ include "system.selector" . }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: warren
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
{{- with .context.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "system.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
{{- end }}

{{- /* The labels and annotations of an object: those of all objects, and its own in `labels` and `annotations`, which win. */ -}}
{{- define "system.marks" -}}
labels:
  {{- merge (dict) (.labels | default dict) (include "system.labels" . | fromYaml) | toYaml | nindent 2 }}
{{ include "system.annotations" . }}
{{- end }}

{{- define "system.annotations" -}}
{{- with merge (dict) (.annotations | default dict) .context.Values.commonAnnotations -}}
annotations: {{ toJson . }}
{{- end -}}
{{- end }}

{{- /* Annotations of an object that outlives the release. */ -}}
{{- define "system.kept" -}}
{ "helm.sh/resource-policy": "keep" }
{{- end }}

{{- /* Metadata of the broker and its objects. They outlive the release, because deleting them would lose messages. */ -}}
{{- define "system.brokerMetadata" -}}
metadata:
  name: {{ .name | quote }}
  {{- $kept := include "system.kept" . | fromJson }}
  {{- include "system.marks" (dict "context" .context "name" "rabbit" "component" "broker" "annotations" $kept) | nindent 2 }}
{{- end }}

{{- define "system.broker" -}}
rabbitmqClusterReference: { name: rabbit }
{{- end }}

{{- /* A RabbitMQ regular expression that matches exactly this name. */ -}}
{{- define "system.only" -}}
^{{ replace "." "\\." . }}$
{{- end }}

{{- /* The standard Kubernetes labels: (dict "context" $ "name" "postgres" "component" "database") */ -}}
{{- define "shop.labels" -}}
{{ include "shop.podLabels" . }}
helm.sh/chart: {{ .context.Chart.Name }}-{{ .context.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Labels without any that change with the chart alone: on pods, such a change would replace them. */ -}}
{{- define "shop.podLabels" -}}
{{ include "shop.selector" . }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: warren
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
{{- with .context.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "shop.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
{{- end }}

{{- /* The labels and annotations of an object: those of all objects, and its own in `labels` and `annotations`, which win. */ -}}
{{- define "shop.marks" -}}
labels:
  {{- merge (dict) (.labels | default dict) (include "shop.labels" . | fromYaml) | toYaml | nindent 2 }}
{{ include "shop.annotations" . }}
{{- end }}

{{- define "shop.annotations" -}}
{{- with merge (dict) (.annotations | default dict) .context.Values.commonAnnotations -}}
annotations: {{ toJson . }}
{{- end -}}
{{- end }}

{{- /* Annotations of an object that outlives the release. */ -}}
{{- define "shop.kept" -}}
{ "helm.sh/resource-policy": "keep" }
{{- end }}

{{- /* Metadata of the broker and its objects. They outlive the release, because deleting them would lose messages. */ -}}
{{- define "shop.brokerMetadata" -}}
metadata:
  name: {{ .name | quote }}
  {{- $kept := include "shop.kept" . | fromJson }}
  {{- include "shop.marks" (dict "context" .context "name" "rabbit" "component" "broker" "annotations" $kept) | nindent 2 }}
{{- end }}

{{- define "shop.broker" -}}
rabbitmqClusterReference: { name: rabbit }
{{- end }}

{{- /* A RabbitMQ regular expression that matches exactly this name. */ -}}
{{- define "shop.only" -}}
^{{ replace "." "\\." . }}$
{{- end }}

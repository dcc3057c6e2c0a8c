{{/* Labels of every object of the release. */}}
{{- define "handler.labels" -}}
{{ include "handler.hookLabels" (dict "root" . "component" "handler") }}
{{- end }}

{{/* Labels of objects that exist only while the release is installed, upgraded or tested; `component` names the hook. */}}
{{- define "handler.hookLabels" -}}
{{ include "handler.componentLabels" . }}
{{ include "handler.madeBy" .root }}
{{- end }}

{{/* Labels without any that change with the chart alone: on pods, such a change would replace them. */}}
{{- define "handler.componentLabels" -}}
{{ include "handler.ofRelease" .root }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: warren
app.kubernetes.io/version: {{ include "handler.version" .root | trunc 63 | trimAll "-_." | quote }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Selects the handler's pods but not those of its hooks. */}}
{{- define "handler.selector" -}}
{{ include "handler.ofRelease" . }}
app.kubernetes.io/component: handler
{{- end }}

{{/* Selects all pods of the release. */}}
{{- define "handler.ofRelease" -}}
app.kubernetes.io/name: {{ .Release.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "handler.madeBy" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Annotations of every object of the release, as entries for an object that has some of its own. */}}
{{- define "handler.annotations" -}}
{{- with .Values.commonAnnotations }}{{ toYaml . }}{{ end -}}
{{- end }}

{{/* The complete annotations of an object: (dict "root" $ "annotations" (dict …)), where those of its kind win. */}}
{{- define "handler.annotated" -}}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end }}

{{/* Labels and annotations of a pod of this component, with the annotations and labels that only this pod has. */}}
{{- define "handler.podMetadata" -}}
labels:
  {{- merge (dict) .root.Values.podLabels (include "handler.componentLabels" . | fromYaml) (.labels | default dict) | toYaml | nindent 2 }}
{{ include "handler.annotated" (dict "root" .root "annotations" (merge (dict) (.annotations | default dict) .root.Values.podAnnotations)) }}
{{- end }}
